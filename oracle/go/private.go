package main

import (
	"reflect"
	"unsafe"
)

// private is the field of that name in the struct that holder, a pointer, points to: there to be read and set.
func private(holder any, name string) reflect.Value {
	field := reflect.ValueOf(holder).Elem().FieldByName(name)
	if !field.IsValid() {
		refuse("%T has no field %s", holder, name)
	}
	return reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem()
}

// setPrivate sets a field to a value of its type, or to the pointer that an unsafe.Pointer is.
func setPrivate(holder any, name string, value any) {
	field := private(holder, name)
	if pointer, ok := value.(unsafe.Pointer); ok {
		field.Set(reflect.NewAt(field.Type().Elem(), pointer))
		return
	}
	field.Set(reflect.ValueOf(value))
}

// orElse is the value, or what zero stands for.
func orElse[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}
