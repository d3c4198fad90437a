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

// maxScripts is how many interpreters that are scripts themselves the kernel follows.
const maxScripts = 4

// Check reports whether the program at path is static, so that no loader brings the tracker
// library into it. It returns a *ProgramError, with the name by which the user knows the
// program, if the library cannot be brought into the program at all, which would then run
// unrecorded. For a script the program is its interpreter.
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

// checkELF does the work of Check for a file that is no script.
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
		cause = profile.Cause{Code: profile.OfInterpreter, Names: []string{path}, Because: &interpreters}
	}
	return static, &ProgramError{Program: name, Cause: cause}
}

// causeIn reports whether the program in a file is static, and returns why it cannot be
// recorded; no cause if it can.
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

// causeInStatic returns why a static program cannot be recorded, because its allocator
// cannot be found or its threads cannot be told apart; no cause if it can.
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

// hasThreadSetup reports whether a symbol of the static program at path, or of its separate
// debug file, is one of threadSetups; and whether there are no symbols to tell.
func hasThreadSetup(path string) (has, stripped bool, err error) {
	read := func(f *object.File) error {
		if has, stripped = defines(f, threadSetups); stripped && f.HasMiniDebug() {
			if mini := f.MiniDebug(); mini != nil {
				has, stripped = defines(mini, threadSetups)
			}
		}
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

// defines reports whether f has a symbol of one of the names; and whether it is stripped,
// so that it has no symbols at all. Dynamic symbols, which are for the loader, do not
// count.
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

// threadSetups are the functions with which C libraries make each thread's storage in the
// way that package inject expects: glibc's and musl's.
var threadSetups = []string{"__libc_setup_tls", "__init_tls"}

// hasThreadSanitizer reports whether the program calls ThreadSanitizer's run-time library.
// gcc links that as a shared library, clang and rustc into the program. The tracker library
// gets along with the other sanitizers.
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

// Machine returns the kind of processor whose programs can be recorded, which is that of
// this program.
func Machine() elf.Machine {
	return map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[runtime.GOARCH]
}

var machineNames = map[elf.Machine]string{elf.EM_X86_64: "x86-64", elf.EM_AARCH64: "arm64"}

// machineName returns the name that people have for a program's kind of processor.
func machineName(f *object.Headers) string {
	if f.Class == elf.ELFCLASS32 && f.Machine == elf.EM_X86_64 {
		return "x32"
	}
	if name, ok := machineNames[f.Machine]; ok && f.Class == elf.ELFCLASS64 {
		return name
	}
	return strings.ToLower(strings.TrimPrefix(f.Machine.String(), "EM_"))
}

// causeInPrivileges returns the privileges (set-user-ID and the like) that the kernel would
// give the file at path when it starts it, no cause if it gives none. They forbid
// recording: with them the loader ignores LD_PRELOAD (ld.so(8)), and ptrace takes them
// away. which is the code for the one of the two that matters here, profile.LibraryIgnored
// or profile.TracingImpossible.
func causeInPrivileges(path string, which profile.CauseCode) profile.Cause {
	forbids := func(code profile.CauseCode) profile.Cause {
		return profile.Cause{Code: code, Because: &profile.Cause{Code: which}}
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

// errnoText returns the system's own words for err, without the operation and the path.
func errnoText(err error) string {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	return err.Error()
}
