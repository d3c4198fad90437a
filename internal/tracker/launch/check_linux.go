//go:build linux && (amd64 || arm64)

package launch

import (
	"bufio"
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"heapprof/internal/object"
	"heapprof/internal/profile"
	"heapprof/internal/regular"
	"heapprof/internal/symbol"
)

// maxScripts is how many interpreters of interpreters the kernel follows.
const maxScripts = 4

// Check refuses a program, named so and at that path, into which the tracker library cannot
// be brought: it would run unrecorded. It reports whether the program is static, so that no
// loader brings the library. The error is a *ProgramError.
func Check(name, path string) (static bool, err error) {
	for range maxScripts {
		interpreter, err := scriptInterpreter(path)
		if err != nil {
			return false, &ProgramError{Program: name, Cause: profile.Cause{Code: profile.LinkageUnknown, Detail: errnoText(err)}}
		}
		if interpreter == "" {
			return checkELF(name, path)
		}
		if _, err := os.Stat(interpreter); err != nil {
			return false, &ProgramError{Program: name, NotFound: true, Cause: profile.Cause{Code: profile.InterpreterMissing, Names: []string{interpreter}}}
		}
		path = interpreter
	}
	return false, nil // too many for the kernel too: it will say so
}

// scriptInterpreter returns the program that runs the script at path, or "" if it is no script.
func scriptInterpreter(path string) (string, error) {
	f, err := regular.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	line, err := bufio.NewReaderSize(io.LimitReader(f, 256), 256).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", err
	}
	rest, ok := strings.CutPrefix(line, "#!")
	if !ok {
		return "", nil
	}
	if fields := strings.Fields(rest); len(fields) > 0 {
		return fields[0], nil
	}
	return "/bin/sh", nil
}

// checkELF is Check of what is no script.
func checkELF(name, path string) (static bool, err error) {
	var cause profile.Cause
	err = object.Read(path, func(f *object.File) error {
		static, cause = causeIn(f)
		return nil
	})
	switch {
	case errors.Is(err, object.ErrNotELF), errors.Is(err, object.ErrDamaged):
		return false, nil // a script without #!, or nothing that runs; execve decides
	case err != nil:
		cause = profile.Cause{Code: profile.CannotRead, Detail: errnoText(err)}
	}
	if cause.IsZero() {
		return static, nil
	}
	if path != name && !strings.HasSuffix(path, "/"+name) {
		interpreters := cause
		cause = profile.Cause{Code: profile.OfInterpreter, Names: []string{path}, Of: &interpreters}
	}
	return static, &ProgramError{Program: name, Cause: cause}
}

// causeIn returns why the program in a file cannot be recorded; none if it can.
func causeIn(f *object.File) (static bool, why profile.Cause) {
	if f.Machine != Machine() || f.Class != elf.ELFCLASS64 {
		return false, profile.Cause{Code: profile.OtherMachine, Names: []string{machineName(f), machineNames[Machine()]}}
	}
	if static = !f.HasInterpreter(); static {
		if code := causeInStatic(f); code != "" {
			return true, profile.Cause{Code: code}
		}
		return true, causeInPrivileges(f.Path, profile.TracingImpossible)
	}
	if hasThreadSanitizer(f) {
		return false, profile.Cause{Code: profile.ThreadSanitizer}
	}
	return false, causeInPrivileges(f.Path, profile.LibraryIgnored)
}

// IsLoader reports whether the file at path is a loader, or another library that exec can
// begin.
func IsLoader(path string) (is bool) {
	err := object.Read(path, func(f *object.File) error {
		is = !f.HasInterpreter() && f.HasName()
		return nil
	})
	return is && err == nil
}

// causeInStatic returns why a static program cannot be recorded, as its allocator cannot
// be found or its threads cannot be told apart; "" if it can.
func causeInStatic(f *object.File) profile.CauseCode {
	if runtime.GOARCH != "amd64" {
		return profile.StaticOtherMachine
	}
	if f.HasName() {
		return profile.IsLoader
	}
	if f.Section(".go.buildinfo") != nil {
		return profile.StaticGo
	}
	setsThreadsUp, ok := hasThreadSetup(f)
	if !ok {
		return profile.StaticStripped
	}
	if !setsThreadsUp {
		return profile.StaticOtherLibc
	}
	return ""
}

// hasThreadSetup reports whether one of threadSetups is in a static program. It reports
// ok false where that cannot be told, as the symbols were stripped and no separate debug
// file has them.
func hasThreadSetup(f *object.File) (has, ok bool) {
	if has, ok = defines(f, threadSetups); ok {
		return has, true
	}
	debug := symbol.FindDebugFile(f.Path, symbol.Options{})
	if debug == "" {
		return false, false
	}
	err := object.Read(debug, func(d *object.File) error {
		has, ok = defines(d, threadSetups)
		return nil
	})
	return has, ok && err == nil
}

// defines reports whether one of these is among the symbols of a file that are not only
// for the loader. It reports ok false where there are none.
func defines(f *object.File, names []string) (found, ok bool) {
	for _, table := range f.SymbolTables() {
		if table.Dynamic {
			continue
		}
		for rest := table.Entries; len(rest) >= object.SymbolSize; rest = rest[object.SymbolSize:] {
			if ok = true; slices.Contains(names, string(table.Name(object.Symbol(rest).NameAt()))) {
				return true, true
			}
		}
	}
	return false, ok
}

// threadSetups are the functions of C libraries that make each thread's storage as
// package inject expects: glibc's and musl's.
var threadSetups = []string{"__libc_setup_tls", "__init_tls"}

// hasThreadSanitizer reports whether the program calls ThreadSanitizer's run-time
// library, which gcc's programs have as a library, clang's and rustc's within. The
// other sanitizers' get along with the tracker library.
func hasThreadSanitizer(f *object.File) bool {
	for _, names := range []string{".dynstr", ".strtab"} { // the latter where it is not exported
		if bytes.Contains(f.Content(names), []byte("\x00__tsan_init\x00")) {
			return true
		}
	}
	return false
}

// Machine is the one whose programs can be recorded here: this program's own.
func Machine() elf.Machine {
	return map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[runtime.GOARCH]
}

var machineNames = map[elf.Machine]string{elf.EM_X86_64: "x86-64", elf.EM_AARCH64: "arm64"}

func machineName(f *object.File) string {
	if f.Class == elf.ELFCLASS32 && f.Machine == elf.EM_X86_64 {
		return "x32"
	}
	if name, ok := machineNames[f.Machine]; ok && f.Class == elf.ELFCLASS64 {
		return name
	}
	return strings.ToLower(strings.TrimPrefix(f.Machine.String(), "EM_"))
}

// causeInPrivileges returns the privileges of its own that the kernel would start the file
// at path with, where the loader ignores LD_PRELOAD (ld.so(8)) and ptrace takes them away;
// none if it has none. so is which of the two is meant.
func causeInPrivileges(path string, so profile.CauseCode) profile.Cause {
	forbids := func(code profile.CauseCode) profile.Cause {
		return profile.Cause{Code: code, Of: &profile.Cause{Code: so}}
	}
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return profile.Cause{Code: profile.CannotRead, Detail: errnoText(err)}
	}
	switch {
	case st.Mode&unix.S_ISUID != 0 && int(st.Uid) != os.Geteuid():
		return forbids(profile.Setuid)
	case st.Mode&unix.S_ISGID != 0 && st.Mode&unix.S_IXGRP != 0 && int(st.Gid) != os.Getegid():
		return forbids(profile.Setgid)
	}
	if n, err := unix.Getxattr(path, "security.capability", nil); err == nil && n > 0 && os.Geteuid() != 0 {
		return forbids(profile.FileCapabilities)
	}
	return profile.Cause{}
}

// errnoText is the system's own word for err, without the operation and the path.
func errnoText(err error) string {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	return err.Error()
}
