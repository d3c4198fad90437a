//go:build !linux

package main

func buildCargo(string) (string, error) { return "", errLinuxOnly }
