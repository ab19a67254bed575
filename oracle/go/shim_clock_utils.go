//go:build k8s1.23

package main

import "k8s.io/utils/clock"

type anyClock = clock.Clock

var realClock anyClock = clock.RealClock{}
