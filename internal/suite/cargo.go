package suite

import (
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Cargo is a command line of cargo test or cargo nextest, taken apart.
type Cargo struct {
	program []string // cargo, the toolchain, cargo's own flags
	command string   // test, t or nextest; "" for another one
	args    []string // what follows until --
	rest    []string // the programs' own
}

// The errors for command lines of cargo's.
var (
	ErrDoctests = errors.New("documentation tests have no program of their own")
	ErrNoRun    = errors.New("the command runs no tests")
)

// splitCargo takes a command line of cargo's apart. ok reports whether it has a command.
func splitCargo(args []string) (c Cargo, ok bool) {
	values := []string{"--color", "--config", "-C", "-Z", "--explain"}
	at := 1
	for ; at < len(args); at++ {
		if slices.Contains(values, args[at]) {
			at++
			continue
		}
		if !strings.HasPrefix(args[at], "-") && !strings.HasPrefix(args[at], "+") {
			break
		}
	}
	if filepath.Base(args[0]) == "cargo-nextest" {
		c.program, args, at = []string{"cargo"}, args[min(1, len(args)):], 0 // cargo-nextest nextest run …
	} else if at < len(args) {
		c.program = args[:at]
	}
	if at >= len(args) {
		return c, false
	}
	c.command, args = args[at], args[at+1:]
	if end := slices.Index(args, "--"); end >= 0 {
		args, c.rest = args[:end], args[end+1:]
	}
	c.args = args
	return c, true
}

// NewCargo returns the command line, of CargoTest or Nextest. Errors are ErrDoctests and ErrNoRun.
func NewCargo(args []string) (Cargo, error) {
	c, _ := splitCargo(args)
	switch {
	case slices.Contains(c.args, "--doc"):
		return c, ErrDoctests
	case slices.ContainsFunc(c.args, isNoRun), slices.Contains(c.rest, "--list"):
		return c, ErrNoRun
	case c.command == "nextest" && (len(c.args) == 0 || c.args[0] != "run" && c.args[0] != "r"):
		return c, ErrNoRun
	}
	return c, nil
}

func isNoRun(a string) bool {
	return a == "--no-run" || a == "--help" || a == "-h"
}

// value returns the value of a flag that is given as "--flag value" or "--flag=value".
func (c *Cargo) value(flag string) string {
	for i, a := range c.args {
		if v, ok := strings.CutPrefix(a, flag+"="); ok {
			return v
		}
		if a == flag && i+1 < len(c.args) {
			return c.args[i+1]
		}
	}
	return ""
}

// selecting are the flags that choose which programs cargo test builds and runs. Without any it runs
// documentation tests, too.
var selecting = []string{"--lib", "--bins", "--bin", "--examples", "--example", "--tests", "--test", "--benches", "--bench", "--all-targets"}

// HasDoctests reports whether cargo test would run documentation tests, too.
func (c *Cargo) HasDoctests() bool {
	return c.command != "nextest" && !slices.ContainsFunc(c.args, func(a string) bool {
		flag, _, _ := strings.Cut(a, "=")
		return slices.Contains(selecting, flag)
	})
}

// selected returns the arguments, which leave documentation tests out: --tests chooses the same programs as no flag.
func (c *Cargo) selected() []string {
	if c.HasDoctests() {
		return append([]string{"--tests"}, c.args...)
	}
	return c.args
}

// Build returns the command that builds the programs, and describes them on standard output: see Executables.
func (c *Cargo) Build() []string {
	flags := []string{c.command, "--no-run", "--message-format=json-render-diagnostics"}
	return slices.Concat(c.program, flags, without(c.selected(), isMessageFormat))
}

func isMessageFormat(a string) bool { return strings.HasPrefix(a, "--message-format=") }

// Run returns the command that has cargo start the tests by a runner, a program with arguments to which each
// test program's path and arguments are added.
func (c *Cargo) Run(host string, runner []string) []string {
	if target := c.value("--target"); target != "" && !strings.HasSuffix(target, ".json") {
		host = target
	}
	list, _ := json.Marshal(runner) // lists of texts are TOML as well
	config := []string{"--config", "target." + host + ".runner=" + string(list)}
	var all []string
	if c.command == "nextest" {
		all = slices.Concat(c.program, []string{c.command, c.args[0]}, config, c.args[1:])
	} else {
		all = slices.Concat(c.program, config, []string{c.command}, without(c.selected(), isMessageFormat))
	}
	if len(c.rest) > 0 {
		all = slices.Concat(all, []string{"--"}, c.rest)
	}
	return all
}

// Host returns the target that cargo builds for where none is named.
func (c *Cargo) Host() (string, error) {
	out, err := exec.Command(c.program[0], append(slices.Clone(c.program[1:]), "-vV")...).Output()
	if err != nil {
		return "", err
	}
	for _, line := range lines(string(out)) {
		if host, ok := strings.CutPrefix(line, "host: "); ok {
			return host, nil
		}
	}
	return "", errors.New("cargo -vV names no host")
}

// TargetDir returns the directory that cargo builds in.
func (c *Cargo) TargetDir() (string, error) {
	if dir := c.value("--target-dir"); dir != "" {
		return filepath.Abs(dir)
	}
	args := append(slices.Clone(c.program[1:]), "metadata", "--no-deps", "--format-version", "1")
	if manifest := c.value("--manifest-path"); manifest != "" {
		args = append(args, "--manifest-path", manifest)
	}
	out, err := exec.Command(c.program[0], args...).Output()
	if err != nil {
		return "", err
	}
	var metadata struct {
		Dir string `json:"target_directory"`
	}
	return metadata.Dir, json.Unmarshal(out, &metadata)
}

// Executables returns the test programs in the messages of a build by path, with what cargo-nextest calls each: the
// package's name for its library's tests, "package::test" for one of tests/, "package::bin/name" for a binary's.
func Executables(messages []byte) map[string]string {
	all := make(map[string]string)
	for _, line := range lines(string(messages)) {
		var m struct {
			Reason     string
			Executable string
			Package    string `json:"package_id"`
			Manifest   string `json:"manifest_path"`
			Target     struct {
				Name string
				Kind []string
			}
			Profile struct{ Test bool }
		}
		if json.Unmarshal([]byte(line), &m) != nil || m.Reason != "compiler-artifact" || m.Executable == "" || !m.Profile.Test || len(m.Target.Kind) == 0 {
			continue
		}
		name := packageName(m.Package, m.Manifest)
		switch kind := m.Target.Kind[0]; kind {
		case "lib", "rlib", "dylib", "cdylib", "staticlib", "proc-macro":
		case "test":
			name += "::" + m.Target.Name
		default:
			name += "::" + kind + "/" + m.Target.Name
		}
		all[m.Executable] = name
	}
	return all
}

// packageName returns the name in a package's identifier, "path+file:///dir/name#0.1.0" or "…/dir#name@0.1.0", or that of
// the directory of its manifest.
func packageName(id, manifest string) string {
	path, fragment, _ := strings.Cut(id, "#")
	if name, _, ok := strings.Cut(fragment, "@"); ok {
		return name
	}
	if i := strings.LastIndexByte(path, '/'); i >= 0 && fragment != "" {
		return path[i+1:]
	}
	return filepath.Base(filepath.Dir(manifest))
}
