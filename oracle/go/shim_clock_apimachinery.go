//go:build !k8s1.23

package main

import "k8s.io/apimachinery/pkg/util/clock"

type anyClock = clock.Clock

var realClock anyClock = clock.RealClock{}
