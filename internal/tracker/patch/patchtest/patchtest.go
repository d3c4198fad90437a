// Package patchtest has what the tests of patch's packages share: code written as text or
// as words, and the libraries that a machine is likely to have. It imports none of those
// packages, so that each one's own tests can use it, and only testkit of ours.
package patchtest

import (
	"encoding/binary"
	"encoding/hex"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

// Entry is the address at which the tests' functions begin.
const Entry = 0x1000

// Instructions of arm64.
const (
	ARM64Ret    = 0xd65f03c0
	ARM64Add    = 0x91000400         // add x0, x0, #1
	ARM64Branch = 0x14000000 | 0x400 // b .+0x1000
)

// Bytes reads hexadecimal digits with spaces between them.
func Bytes(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Words makes arm64's code of instructions.
func Words(words ...uint32) (code []byte) {
	for _, w := range words {
		code = binary.LittleEndian.AppendUint32(code, w)
	}
	return code
}

// Function is the code of a function that a fuzz test begins with.
type Function struct {
	Code    []byte
	Size    uint8 // bytes of it; 0 for all
	IsARM64 bool
}

// AddFunctions adds functions of both machines to a fuzz test's corpus.
func AddFunctions(f *testing.F) {
	for _, code := range []string{
		"f3 0f 1e fa 48 8b 05 10 00 00 00 74 05 c3", "50 ff 15 10 00 00 00 58 c3", "eb 03 90 90 90 c3", "62 f1 fe 48 6f 05 10 00 00 00 c3",
		"66 66 48 e8 00 00 00 00 c3", "67 c5 fe 6f 05 10 00 00 00", "75 fe 75 fc 7f 00 c3",
	} {
		f.Add(Bytes(f, code), uint8(0), false)
	}
	f.Add(Words(0xd503233f /* paciasp */, 0xb0000001, ARM64Ret), uint8(0), true)
	f.Add(Words(0x94000400, ARM64Ret), uint8(4), true)
}

// realLibraries are those that a machine is likely to have some of, by architecture.
var realLibraries = map[string][]string{
	"x86-64": {
		"libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1", "libcrypto.so.*", "libssl.so.*", "libsqlite3.so.0",
		"libpython3*.so.1.0", "libperl.so.5.*", "libz.so.1", "libjemalloc.so.2", "libmimalloc.so.2", "libtcmalloc.so.4",
		"libbfd-*.so", "libisl.so.*", "libgmp.so.10", "libncursesw.so.6", "libexpat.so.1", "libcurl.so.4", "libgnutls.so.30",
	},
	"arm64": {"libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1", "libgomp.so.1", "libatomic.so.1"},
}

// EachArchitecture runs a test for x86-64 and one for arm64, with the libraries that the
// machine has of it, and for its own the go command, which is another compiler's code with
// all symbols. It skips one of which there are too few.
func EachArchitecture(t *testing.T, test func(t *testing.T, libraries []string)) {
	for arch, least := range map[string]int{"x86-64": 10, "arm64": 3} {
		t.Run(arch, func(t *testing.T) {
			libraries := Libraries(t, arch)
			if arch == "x86-64" && runtime.GOARCH == "amd64" {
				libraries = append(libraries, testkit.Tool(t, "go"))
			}
			if len(libraries) < least {
				testkit.Skip(t, "only %d libraries were found: %v", len(libraries), libraries)
			}
			test(t, libraries)
		})
	}
}

// Libraries returns the paths of those of the machine's libraries that are for an
// architecture, x86-64 or arm64.
func Libraries(t testing.TB, arch string) (found []string) {
	dirs := map[string][]string{
		"x86-64": {"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/usr/lib"},
		"arm64":  {"/usr/aarch64-linux-gnu/lib", "/lib/aarch64-linux-gnu"},
	}[arch]
	for _, pattern := range realLibraries[arch] {
		for _, dir := range dirs {
			paths, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil {
				t.Fatal(err)
			}
			if len(paths) > 0 {
				found = append(found, paths[0])
				break
			}
		}
	}
	return found
}
