//go:build !k8s1.19

package main

import (
	"flag"
	"io"

	"k8s.io/klog"
)

func klogFlags(flags *flag.FlagSet) { klog.InitFlags(flags) }

func klogOutput(severity string, to io.Writer) { klog.SetOutputBySeverity(severity, to) }
