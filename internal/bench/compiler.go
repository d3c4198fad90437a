package main

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"heapprof/internal/testkit/fixture"
)

// compiler returns the command line of a compiler proper, as the driver g++ would start it, for a
// source of testdata/programs. The arguments are the driver's.
func compiler(name string) commandLine {
	return func(work string, args []string) (command, error) {
		root, err := fixture.Root()
		if err != nil {
			return command{}, err
		}
		driver, err := exec.LookPath("g++")
		if err != nil {
			return command{}, err
		}
		source := filepath.Join(root, "testdata", "programs", name)
		argv, err := compilerProper(append([]string{driver, source}, args...), filepath.Join(work, "out.s"))
		return command{argv: argv}, err
	}
}

// compilerProper returns the command line of the compiler that the driver argv
// (gcc or g++ with a source) would start to compile to the assembly file out.
// The driver itself only waits, and as it uses vfork and exec no profiler of one
// process sees behind it.
func compilerProper(argv []string, out string) ([]string, error) {
	cmd := exec.Command(argv[0], append(argv[1:len(argv):len(argv)], "-S", "-o", out, "-###")...)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", cmd, err, &said)
	}
	for line := range strings.Lines(said.String()) {
		// Commands are indented by one space.
		if words := splitQuoted(line); strings.HasPrefix(line, " ") && len(words) > 0 && strings.HasPrefix(filepath.Base(words[0]), "cc1") {
			return words, nil
		}
	}
	return nil, &missingError{errors.New("g++ -### names no compiler")}
}

// splitQuoted splits a line as gcc -### prints it. Words may be in double quotes, in which
// a backslash keeps the next character.
func splitQuoted(line string) []string {
	var words []string
	var word strings.Builder
	inWord, quoted := false, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			quoted, inWord = !quoted, true
		case c == '\\' && i+1 < len(line):
			i++
			word.WriteByte(line[i])
			inWord = true
		case !quoted && (c == ' ' || c == '\n'):
			if inWord {
				words = append(words, word.String())
			}
			word.Reset()
			inWord = false
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	if inWord {
		words = append(words, word.String())
	}
	return words
}
