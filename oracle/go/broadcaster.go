package main

import (
	"reflect"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
)

// The methods of broadcasters gained results over the years: watch.Broadcaster's own since 1.25, and Shutdown came to
// the interface of record's in 1.17. Both kinds of broadcaster are taken here, as what they turn out to be.

func start(broadcaster any) (watch.Interface, error) {
	return watcherOf(method(broadcaster, "Watch").Call(nil))
}

func startWithPrefix(broadcaster any, events []watch.Event) (watch.Interface, error) {
	return watcherOf(method(broadcaster, "WatchWithPrefix").Call([]reflect.Value{reflect.ValueOf(events)}))
}

func act(broadcaster any, action watch.EventType, object runtime.Object) error {
	return errorOf(method(broadcaster, "Action").Call([]reflect.Value{reflect.ValueOf(action), reflect.ValueOf(object)}))
}

func actOrDrop(broadcaster any, action watch.EventType, object runtime.Object) (bool, error) {
	results := method(broadcaster, "ActionOrDrop").Call([]reflect.Value{reflect.ValueOf(action), reflect.ValueOf(object)})
	return results[0].Bool(), errorOf(results[1:])
}

func shutdown(broadcaster any) { method(broadcaster, "Shutdown").Call(nil) }

func method(broadcaster any, name string) reflect.Value {
	method := reflect.ValueOf(broadcaster).MethodByName(name)
	if !method.IsValid() {
		refuse("this release's %T has no method %s", broadcaster, name)
	}
	return method
}

func watcherOf(results []reflect.Value) (watch.Interface, error) {
	watcher, _ := results[0].Interface().(watch.Interface)
	return watcher, errorOf(results[1:])
}

func errorOf(results []reflect.Value) error {
	if len(results) == 0 {
		return nil
	}
	err, _ := results[0].Interface().(error)
	return err
}
