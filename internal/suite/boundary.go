package suite

import (
	"regexp"
	"strings"
)

// Side is on which side of the boundary between a harness and its tests a function is.
type Side uint8

// The sides.
const (
	NoSide  Side = iota
	Tests        // it calls a test's own code
	Harness      // it is the harness's own
)

// Boundary returns what tells of the symbols of a harness's programs on which side the functions are; nil for
// other systems. What is called outside of all of them is the harness's in the first thread, and a test's in others.
func Boundary(s System) func(symbol string) Side {
	switch s {
	case Libtest:
		return ofLibtestSymbol
	case GoogleTest:
		return ofGoogleTestSymbol
	case Catch2:
		return ofCatch2Symbol
	}
	return nil
}

// libtestCrate finds the crate test in a mangled name, where it is a path's first part: of Rust's newer mangling, and
// of its older one.
var libtestCrate = regexp.MustCompile(`Cs[0-9A-Za-z]*_4test[0-9_]|^_ZN4test[0-9]|^_ZN[0-9]+_\$LT\$test\.\.`)

// ofLibtestSymbol knows the function of crate test that calls a test, and that of std by which a thread begins
// what it was made for, unless that is a test's. Other functions of crate test, and the one that sets a thread up, are
// the harness's.
func ofLibtestSymbol(symbol string) Side {
	begins := strings.Contains(symbol, "__rust_begin_short_backtrace")
	isTest := strings.Contains(symbol, "4test") && libtestCrate.MatchString(symbol)
	switch {
	case begins && strings.Contains(symbol, "_4test28_"), begins && strings.HasPrefix(symbol, "_ZN4test28_"):
		return Tests
	case isTest:
		return Harness
	case begins:
		return Tests
	case strings.HasSuffix(symbol, "12thread_start") || strings.Contains(symbol, "12thread_start17h"):
		if strings.Contains(symbol, "3std3sys") {
			return Harness
		}
	}
	return NoSide
}

// ofGoogleTestSymbol knows what makes a test's fixture, and the functions that test authors write: compilers put the
// harness's own that call them into one another.
func ofGoogleTestSymbol(symbol string) Side {
	if !strings.HasPrefix(symbol, "_ZN") {
		return NoSide
	}
	for _, end := range []string{"8TestBodyEv", "5SetUpEv", "8TearDownEv", "14SetUpTestSuiteEv", "17TearDownTestSuiteEv", "13SetUpTestCaseEv", "16TearDownTestCaseEv"} {
		if strings.HasSuffix(symbol, end) {
			return Tests
		}
	}
	if symbol == "_ZN7testing4Test3RunEv" || strings.HasPrefix(symbol, "_ZN7testing8internal") && strings.HasSuffix(symbol, "10CreateTestEv") {
		return Tests
	}
	return NoSide
}

// ofCatch2Symbol knows the virtual functions that call a test.
func ofCatch2Symbol(symbol string) Side {
	if strings.HasPrefix(symbol, "_ZNK5Catch") && strings.Contains(symbol, "TestInvoker") && strings.HasSuffix(symbol, "6invokeEv") {
		return Tests
	}
	return NoSide
}
