//go:build !linux

package main

import (
	"errors"
	"os/exec"
)

var errLinuxOnly = errors.New("heapprof records on Linux only, so there is nothing to measure here")

func canMeasure() error { return errLinuxOnly }

func measure(*exec.Cmd, bool) (measurement, error) { return measurement{}, errLinuxOnly }

func peaks(*exec.Cmd, bool) (own, child uint64, err error) { return 0, 0, errLinuxOnly }

func endTogether(*exec.Cmd) {}

func confine(int) error { return errLinuxOnly }
