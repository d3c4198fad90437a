//go:build linux && (amd64 || arm64)

package launch

import (
	"bufio"
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"heapprof/internal/object"
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
			return false, &ProgramError{Program: name, Cause: "cannot be read: " + errnoText(err), Hint: "heapprof must see how it is linked"}
		}
		if interpreter == "" {
			return checkELF(name, path)
		}
		if _, err := os.Stat(interpreter); err != nil {
			return false, &ProgramError{Program: name, NotFound: true, Cause: fmt.Sprintf("its interpreter %s is missing", interpreter)}
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

// linkHint is what to do with a static program that cannot be recorded.
const linkHint = "link it dynamically (without -static), or for Rust build it for a -gnu target without crt-static"

// checkELF is Check of what is no script.
func checkELF(name, path string) (static bool, err error) {
	refuse := func(hint, cause string, args ...any) error {
		cause = fmt.Sprintf(cause, args...)
		if path != name && !strings.HasSuffix(path, "/"+name) {
			cause = fmt.Sprintf("its interpreter %s %s", path, cause)
		}
		return &ProgramError{Program: name, Cause: cause, Hint: hint}
	}
	err = object.Read(path, func(f *object.File) error {
		if f.Machine != Machine() || f.Class != elf.ELFCLASS64 {
			return refuse("run heapprof on the machine it was built for, or build it for this one",
				"is a program for %s, and heapprof records %s programs here", machineName(f), machineNames[Machine()])
		}
		if static = !f.HasInterpreter(); static {
			if err := checkStatic(f, refuse); err != nil {
				return err
			}
			return checkPrivileges(path, "no other program may trace it", refuse)
		}
		if hasThreadSanitizer(f) {
			return refuse("build it without -fsanitize=thread",
				"is built with ThreadSanitizer, which crashes where another library wraps malloc")
		}
		return checkPrivileges(path, "the loader ignores the tracker library", refuse)
	})
	var refused *ProgramError
	switch {
	case err == nil, errors.As(err, &refused):
		return static, err
	case errors.Is(err, object.ErrNotELF), errors.Is(err, object.ErrDamaged):
		return false, nil // a script without #!, or nothing that runs; execve decides
	}
	return false, refuse("", "cannot be read: %s", errnoText(err))
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

// checkStatic refuses a static program whose allocator cannot be found or whose
// threads cannot be told apart.
func checkStatic(f *object.File, refuse func(hint, cause string, args ...any) error) error {
	if runtime.GOARCH != "amd64" {
		return refuse(linkHint, "is statically linked, and heapprof records such programs on x86-64 only")
	}
	if f.HasName() {
		return refuse("run the program itself, without the loader", "is a dynamic loader, or another library")
	}
	if f.Section(".go.buildinfo") != nil {
		return refuse("Go programs write heap profiles themselves: see runtime/pprof and go tool pprof",
			"is a statically linked Go program, and its heap is Go's own")
	}
	setsThreadsUp, ok := hasThreadSetup(f)
	if !ok {
		return refuse("keep its symbol table (strip -g instead of strip), put its debug file where debuggers look for it, or "+linkHint,
			"is statically linked and stripped, so its allocator has no name to be found by")
	}
	if !setsThreadsUp {
		return refuse(linkHint, "is statically linked, and its C library is neither glibc nor musl")
	}
	return nil
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

// checkPrivileges refuses what the kernel would start with privileges of its own,
// where the loader ignores LD_PRELOAD (ld.so(8)) and ptrace takes them away.
func checkPrivileges(path, so string, refuse func(hint, cause string, args ...any) error) error {
	const copyHint = "copy it without the privilege, or run heapprof as the user that it would become"
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return refuse("", "cannot be read: %s", errnoText(err))
	}
	switch {
	case st.Mode&unix.S_ISUID != 0 && int(st.Uid) != os.Geteuid():
		return refuse(copyHint, "is setuid, so %s", so)
	case st.Mode&unix.S_ISGID != 0 && st.Mode&unix.S_IXGRP != 0 && int(st.Gid) != os.Getegid():
		return refuse(copyHint, "is setgid, so %s", so)
	}
	if n, err := unix.Getxattr(path, "security.capability", nil); err == nil && n > 0 && os.Geteuid() != 0 {
		return refuse(copyHint, "has file capabilities, so %s", so)
	}
	return nil
}

// errnoText is the system's own word for err, without the operation and the path.
func errnoText(err error) string {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	return err.Error()
}
