package suite

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// program writes a shell script that is a test program.
func program(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func names(l Listing) (all []string) {
	for _, test := range l.Tests {
		all = append(all, test.Name)
	}
	return all
}

func TestIgnoredTestsOfRustAreNotRunUnlessTheyAreAskedFor(t *testing.T) {
	bin := program(t, `# RUST_TEST_THREADS
case "$*" in
*--ignored*) echo 'a::slow: test' ;;
*) printf 'a::fast: test\na::slow: test\nb: with colon: benchmark\n' ;;
esac`)
	if s := Recognize([]string{bin}); s != Libtest {
		t.Errorf("the program is recognized as %d", s)
	}
	l, err := List(Libtest, Program{Args: []string{bin}, Dir: "/"}, "g")
	if err != nil || !slices.Equal(names(l), []string{"a::fast", "b: with colon"}) || l.Ignored != 1 {
		t.Fatalf("%+v, %v", l, err)
	}
	want := Test{Group: "g", Name: "a::fast", Harness: Libtest, Program: Program{Args: []string{bin, "a::fast", "--exact", "--nocapture"}, Dir: "/"}}
	if !reflect.DeepEqual(l.Tests[0], want) {
		t.Errorf("got %+v, want %+v", l.Tests[0], want)
	}
	l, err = List(Libtest, Program{Args: []string{bin, "--ignored"}}, "g")
	if err != nil || !slices.Equal(names(l), []string{"a::slow"}) || l.Ignored != 0 || l.Tests[0].Args[4] != "--include-ignored" {
		t.Errorf("asked for: %+v, %v", l, err)
	}
	if _, err = List(Libtest, Program{Args: []string{program(t, "echo what")}}, ""); err != ErrNoListing {
		t.Errorf("a program of another kind: %v", err)
	}
}

func TestParametersAndTypesOfGoogleTestAreTold(t *testing.T) {
	bin := program(t, `printf 'Running main() from x.cc\nA.\n  One\n  DISABLED_Two\nTy/0.  # TypeParam = std::pair<int, char>\n  Default\nDISABLED_B.\n  One\nSome/P.\n  Param/0  # GetParam() = "  x"\n'`)
	l, err := List(GoogleTest, Program{Args: []string{bin, "--gtest_output=xml:x", "--gtest_color=no"}}, "")
	if err != nil || !slices.Equal(names(l), []string{"A.One", "Ty/0.Default", "Some/P.Param/0"}) || l.Ignored != 2 {
		t.Fatalf("%+v, %v", l, err)
	}
	if want := []string{bin, "--gtest_color=no", "--gtest_filter=A.One"}; !slices.Equal(l.Tests[0].Args, want) {
		t.Errorf("run as %q, want %q", l.Tests[0].Args, want)
	}
}

func TestNamesOfCatch2AreEscaped(t *testing.T) {
	bin := program(t, `case "$*" in *--list-test-names-only) printf 'plain\na, b [c]\n"#hash"\n*star\n~not\n'; exit 5 ;; esac`)
	l, err := List(Catch2, Program{Args: []string{bin, "-r", "compact", "[tag]", "-o", "out"}}, "")
	if err != nil || !slices.Equal(l.Unnamed, []string{"*star"}) || len(l.Tests) != 4 {
		t.Fatalf("%+v, %v", l, err)
	}
	for i, want := range []string{"plain", `a\, b \[c]`, "#hash", `\~not`} {
		if got := l.Tests[i].Args; !slices.Equal(got, []string{bin, want, "-r", "compact"}) {
			t.Errorf("%q is run as %q", l.Tests[i].Name, got)
		}
	}
}

func TestCargoIsToldToStartProgramsByHeapprof(t *testing.T) {
	for line, want := range map[string][2]string{
		"cargo test":                    {"cargo test --no-run --message-format=json-render-diagnostics --tests", `cargo --config target.T.runner=["hp","x y"] test --tests`},
		"cargo +nightly -q t --lib a":   {"cargo +nightly -q t --no-run --message-format=json-render-diagnostics --lib a", `cargo +nightly -q --config target.T.runner=["hp","x y"] t --lib a`},
		"cargo test --target U -- --x":  {"cargo test --no-run --message-format=json-render-diagnostics --tests --target U", `cargo --config target.U.runner=["hp","x y"] test --tests --target U -- --x`},
		"cargo nextest run -E all()":    {"", `cargo nextest run --config target.T.runner=["hp","x y"] -E all()`},
		"cargo-nextest nextest run -j1": {"", `cargo nextest run --config target.T.runner=["hp","x y"] -j1`},
	} {
		c, err := NewCargo(strings.Fields(line))
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if got := strings.Join(c.Build(), " "); want[0] != "" && got != want[0] {
			t.Errorf("%s is built by %s", line, got)
		}
		if got := strings.Join(c.Run("T", []string{"hp", "x y"}), " "); got != want[1] {
			t.Errorf("%s is run by %s", line, got)
		}
	}
	for line, want := range map[string]error{"cargo test --doc": ErrDoctests, "cargo test --no-run": ErrNoRun, "cargo nextest list": ErrNoRun, "cargo test -- --list": ErrNoRun} {
		if _, err := NewCargo(strings.Fields(line)); err != want {
			t.Errorf("%s: %v, want %v", line, err, want)
		}
	}
}

func TestTestProgramsOfCargoAreNamedAsNextestNamesThem(t *testing.T) {
	const messages = `{"reason":"compiler-artifact","package_id":"path+file:///w/app#0.1.0","target":{"kind":["lib"],"name":"app"},"profile":{"test":true},"executable":"/t/app-1"}
{"reason":"compiler-artifact","package_id":"path+file:///w/dir#app@0.1.0","target":{"kind":["test"],"name":"it"},"profile":{"test":true},"executable":"/t/it-1"}
{"reason":"compiler-artifact","package_id":"app 0.1.0 (path+file:///w/app)","manifest_path":"/w/app/Cargo.toml","target":{"kind":["bin"],"name":"app"},"profile":{"test":true},"executable":"/t/app-2"}
{"reason":"compiler-artifact","package_id":"path+file:///w/app#0.1.0","target":{"kind":["bin"],"name":"app"},"profile":{"test":false},"executable":"/t/app"}
{"reason":"build-finished","success":true}
`
	want := map[string]string{"/t/app-1": "app", "/t/it-1": "app::it", "/t/app-2": "app::bin/app"}
	if got := Executables([]byte(messages)); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// The mangled names are those of rustc 1.95 and 1.60, g++ and Catch2 2.13 and 3.
func TestSymbolsOfTestsAreToldFromThoseOfTheirHarness(t *testing.T) {
	for s, symbols := range map[System]map[string]Side{
		Libtest: {
			"_RINvCs3mSbOeLENLV_4test28___rust_begin_short_backtraceINtNtCsg_4core6result6ResultuNtEB2_":                                                                                 Tests,
			"_ZN4test28__rust_begin_short_backtrace17h0123456789abcdefE":                                                                                                                 Tests,
			"_ZN3std10sys_common9backtrace28__rust_begin_short_backtrace17h543c61cc4371caf7E":                                                                                            Tests,
			"_RINvNtNtCsjrHSEGnQ3l9_3std3sys9backtrace28___rust_begin_short_backtraceNCNCNCINvNtNtB6_6thread9lifecycle15spawn_uncheckedNCNvCs3mSbOeLENLV_4test8run_tests_0uEs_000uEB1Z_": Harness,
			"_RNvCs3mSbOeLENLV_4test8run_test":                                                 Harness,
			"_ZN4test8run_test17h0123456789abcdefE":                                            Harness,
			"_RNvNvMs0_NtNtNtCsjrHSEGnQ3l9_3std3sys6thread4unixNtB7_6Thread3new12thread_start": Harness,
			"_ZN3std3sys3pal4unix6thread6Thread3new12thread_start17h0123456789abcdefE":         Harness,
			"_ZN2lt9foo_4test17h0123456789abcdefE":                                             NoSide,
			"_ZN2lt4test5tests5loads17h0123456789abcdefE":                                      NoSide,
			"_RNvNtCs123_2lt4test5loads":                                                       NoSide,
			"main":                                                                             NoSide,
		},
		GoogleTest: {
			"_ZN14Plain_One_Test8TestBodyEv":                                               Tests,
			"_ZN15Ty_Default_TestIiE8TestBodyEv":                                           Tests,
			"_ZN1F14SetUpTestSuiteEv":                                                      Tests,
			"_ZN7testing8internal15TestFactoryImplI14Plain_One_TestE10CreateTestEv":        Tests,
			"_ZN7testing8internal24ParameterizedTestFactoryI12P_Param_TestE10CreateTestEv": Tests,
			"_ZN7testing8internal12UnitTestImpl11RunAllTestsEv":                            NoSide,
		},
		Catch2: {
			"_ZNK5Catch21TestInvokerAsFunction6invokeEv":               Tests,
			"_ZNK5Catch12_GLOBAL__N_121TestInvokerAsFunction6invokeEv": Tests,
			"_ZN5Catch10RunContext7runTestERKNS_8TestCaseE":            NoSide,
		},
	} {
		of := Boundary(s)
		for symbol, want := range symbols {
			if got := of(symbol); got != want {
				t.Errorf("%s: side %d, want %d", symbol, got, want)
			}
		}
	}
}

func TestCTestIsGivenAnotherMeaningOfAddTest(t *testing.T) {
	build, dir := t.TempDir(), t.TempDir()
	if _, err := NewCTest([]string{"ctest", "--test-dir", build}); err != ErrNoTests {
		t.Errorf("a directory without tests: %v", err)
	}
	for name, text := range map[string]string{ctestFile: "", "CTestCustom.cmake": "set(x 1)"} {
		if err := os.WriteFile(filepath.Join(build, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := NewCTest([]string{"ctest", "-N", "--test-dir", build}); err != ErrCTestMode {
		t.Errorf("a listing: %v", err)
	}
	c, err := NewCTest([]string{"ctest", "--test-dir=" + build, "-R", "a"})
	if err != nil {
		t.Fatal(err)
	}
	args, err := c.Prepare(dir, []string{"hp", "a b"})
	if err != nil {
		t.Fatal(err)
	}
	if want := "ctest --test-dir " + dir + " --output-on-failure --output-junit " + dir + "/results.xml -R a"; strings.Join(args, " ") != want {
		t.Errorf("it is run by %q", args)
	}
	text, err := os.ReadFile(filepath.Join(dir, ctestFile))
	if err != nil || !strings.Contains(string(text), "_add_test([==[${name}]==] [==[hp]==] [==[a b]==] [==[${name}]==] ${quoted})") || !strings.Contains(string(text), "subdirs([==["+build+"]==])") {
		t.Errorf("%s, %v", text, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "CTestCustom.cmake")); err != nil {
		t.Error(err)
	}
	results, err := readCTestResults(strings.NewReader(`<testsuite><testcase name="a" status="run"/><testcase name="b" status="fail"><failure message=""/></testcase><testcase name="c" status="disabled"/></testsuite>`))
	if want := []CTestResult{{"a", false, true}, {"b", true, true}, {"c", false, false}}; err != nil || !slices.Equal(results, want) {
		t.Errorf("%v, %v", results, err)
	}
}
