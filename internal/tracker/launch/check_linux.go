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
	err = object.ReadHeaders(path, func(f *object.Headers) error {
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
func causeIn(f *object.Headers) (static bool, why profile.Cause) {
	if f.Machine != Machine() || f.Class != elf.ELFCLASS64 {
		return false, profile.Cause{Code: profile.OtherMachine, Names: []string{machineName(f), machineNames[Machine()]}}
	}
	if static = !f.HasInterpreter(); static {
		if why := causeInStatic(f); !why.IsZero() {
			return true, why
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
	err := object.ReadHeaders(path, func(f *object.Headers) error {
		is = !f.HasInterpreter() && f.HasName()
		return nil
	})
	return is && err == nil
}

// causeInStatic returns why a static program cannot be recorded, as its allocator cannot
// be found or its threads cannot be told apart; none if it can.
func causeInStatic(f *object.Headers) profile.Cause {
	switch {
	case runtime.GOARCH != "amd64":
		return profile.Cause{Code: profile.StaticOtherMachine}
	case f.HasName():
		return profile.Cause{Code: profile.IsLoader}
	case f.Section(".go.buildinfo") != nil:
		return profile.Cause{Code: profile.StaticGo}
	}
	setsThreadsUp, stripped, err := hasThreadSetup(f.Path)
	switch {
	case err != nil:
		return profile.Cause{Code: profile.CannotRead, Detail: errnoText(err)}
	case setsThreadsUp:
		return profile.Cause{}
	case stripped:
		return profile.Cause{Code: profile.StaticStripped}
	}
	return profile.Cause{Code: profile.StaticOtherLibc}
}

// hasThreadSetup reports whether one of threadSetups is in the static program at path, by
// its symbols or those of its separate debug file; stripped if there are none.
func hasThreadSetup(path string) (has, stripped bool, err error) {
	read := func(f *object.File) error {
		has, stripped = defines(f, threadSetups)
		return nil
	}
	if err := object.Read(path, read); err != nil || !stripped {
		return has, stripped, err
	}
	if debug := symbol.FindDebugFile(path, symbol.Options{}); debug != "" {
		err = object.Read(debug, read)
	}
	return has, stripped || err != nil, nil
}

// defines reports whether one of these is among the symbols of a file that are not only
// for the loader; stripped if there are none.
func defines(f *object.File, names []string) (found, stripped bool) {
	stripped = true
	for _, table := range f.SymbolTables() {
		if table.Dynamic {
			continue
		}
		for rest := table.Entries; len(rest) >= object.SymbolSize; rest = rest[object.SymbolSize:] {
			if stripped = false; slices.Contains(names, string(table.Name(object.Symbol(rest).NameAt()))) {
				return true, false
			}
		}
	}
	return false, stripped
}

// threadSetups are the functions of C libraries that make each thread's storage as
// package inject expects: glibc's and musl's.
var threadSetups = []string{"__libc_setup_tls", "__init_tls"}

// hasThreadSanitizer reports whether the program calls ThreadSanitizer's run-time
// library, which gcc's programs have as a library, clang's and rustc's within. The
// other sanitizers' get along with the tracker library.
func hasThreadSanitizer(f *object.Headers) bool {
	for _, names := range []string{".dynstr", ".strtab"} { // the latter where it is not exported
		if section := f.Section(names); section != nil {
			text, err := section.Data()
			if err == nil && bytes.Contains(text, []byte("\x00__tsan_init\x00")) {
				return true
			}
		}
	}
	return false
}

// Machine is the one whose programs can be recorded here: this program's own.
func Machine() elf.Machine {
	return map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[runtime.GOARCH]
}

var machineNames = map[elf.Machine]string{elf.EM_X86_64: "x86-64", elf.EM_AARCH64: "arm64"}

func machineName(f *object.Headers) string {
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
