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
	file, err := regular.OpenELF(path)
	if err != nil {
		var format *elf.FormatError
		if errors.As(err, &format) || errors.Is(err, io.EOF) {
			return false, nil // not ELF: a script without #!, or nothing that runs; execve decides
		}
		return false, refuse("", "cannot be read: %s", errnoText(err))
	}
	defer file.Close()
	f := file.File
	if f.Machine != Machine() || f.Class != elf.ELFCLASS64 {
		return false, refuse("run heapprof on the machine it was built for, or build it for this one",
			"is a program for %s, and heapprof records %s programs here", machineName(f), machineNames[Machine()])
	}
	if static = !hasInterpreter(f); static {
		if err := checkStatic(f, path, refuse); err != nil {
			return true, err
		}
		return true, checkPrivileges(path, "no other program may trace it", refuse)
	}
	if hasThreadSanitizer(f) {
		return false, refuse("build it without -fsanitize=thread",
			"is built with ThreadSanitizer, which crashes where another library wraps malloc")
	}
	return false, checkPrivileges(path, "the loader ignores the tracker library", refuse)
}

// isLibrary reports whether a file without an interpreter is a library, such as a loader.
func isLibrary(f *elf.File) bool {
	names, err := f.DynString(elf.DT_SONAME)
	return err == nil && len(names) > 0
}

// IsLoader reports whether the file at path is a loader, or another library that exec can
// begin.
func IsLoader(path string) bool {
	file, err := regular.OpenELF(path)
	if err != nil {
		return false
	}
	defer file.Close()
	return !hasInterpreter(file.File) && isLibrary(file.File)
}

// checkStatic refuses a static program whose allocator cannot be found or whose
// threads cannot be told apart.
func checkStatic(f *elf.File, path string, refuse func(hint, cause string, args ...any) error) error {
	if runtime.GOARCH != "amd64" {
		return refuse(linkHint, "is statically linked, and heapprof records such programs on x86-64 only")
	}
	if isLibrary(f) {
		return refuse("run the program itself, without the loader", "is a dynamic loader, or another library")
	}
	if f.Section(".go.buildinfo") != nil {
		return refuse("Go programs write heap profiles themselves: see runtime/pprof and go tool pprof",
			"is a statically linked Go program, and its heap is Go's own")
	}
	symbols, err := staticSymbols(f, path)
	if err != nil {
		return refuse("keep its symbol table (strip -g instead of strip), put its debug file where debuggers look for it, or "+linkHint,
			"is statically linked and stripped, so its allocator has no name to be found by")
	}
	if !slices.ContainsFunc(symbols, func(s elf.Symbol) bool { return slices.Contains(threadSetups, s.Name) }) {
		return refuse(linkHint, "is statically linked, and its C library is neither glibc nor musl")
	}
	return nil
}

// staticSymbols returns the symbols of the program at path, or of its separate debug
// file.
func staticSymbols(f *elf.File, path string) ([]elf.Symbol, error) {
	symbols, err := f.Symbols()
	if err == nil {
		return symbols, nil
	}
	debug := symbol.FindDebugFile(path, symbol.Options{})
	if debug == "" {
		return nil, err
	}
	d, err := regular.OpenELF(debug)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Symbols()
}

// threadSetups are the functions of C libraries that make each thread's storage as
// package inject expects: glibc's and musl's.
var threadSetups = []string{"__libc_setup_tls", "__init_tls"}

// hasThreadSanitizer reports whether the program calls ThreadSanitizer's run-time
// library, which gcc's programs have as a library, clang's and rustc's within. The
// other sanitizers' get along with the tracker library.
func hasThreadSanitizer(f *elf.File) bool {
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

func hasInterpreter(f *elf.File) bool {
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return true
		}
	}
	return false
}

func machineName(f *elf.File) string {
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
