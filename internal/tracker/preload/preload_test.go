package preload

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// allowedImports is all that the library asks of the program's libraries, as
// csrc/imports.h declares it. Weak ones may be missing.
var allowedImports = map[string]elf.SymBind{
	"dl_iterate_phdr":     elf.STB_GLOBAL,
	"pthread_key_create":  elf.STB_WEAK,
	"pthread_key_delete":  elf.STB_WEAK,
	"pthread_setspecific": elf.STB_WEAK,
	"__register_atfork":   elf.STB_WEAK,
	"pthread_atfork":      elf.STB_WEAK,
	"__errno_location":    elf.STB_WEAK,
	"environ":             elf.STB_WEAK,
	"_r_debug":            elf.STB_WEAK,
	"_dl_debug_addr":      elf.STB_WEAK,
}

var exports = []string{
	// operator delete[], delete, new[] and new
	"_ZdaPv", "_ZdaPvRKSt9nothrow_t",
	"_ZdaPvSt11align_val_t", "_ZdaPvSt11align_val_tRKSt9nothrow_t",
	"_ZdaPvm", "_ZdaPvmSt11align_val_t",
	"_ZdlPv", "_ZdlPvRKSt9nothrow_t",
	"_ZdlPvSt11align_val_t", "_ZdlPvSt11align_val_tRKSt9nothrow_t",
	"_ZdlPvm", "_ZdlPvmSt11align_val_t",
	"_Znam", "_ZnamRKSt9nothrow_t",
	"_ZnamSt11align_val_t", "_ZnamSt11align_val_tRKSt9nothrow_t",
	"_Znwm", "_ZnwmRKSt9nothrow_t",
	"_ZnwmSt11align_val_t", "_ZnwmSt11align_val_tRKSt9nothrow_t",
	"aligned_alloc", "calloc", "dlclose", "free", "free_aligned_sized", "free_sized", "malloc", "malloc_usable_size",
	"memalign", "posix_memalign", "prctl", "pvalloc", "realloc", "reallocarray", "syscall", "valloc",
}

// forEachLibrary runs test for the library of each architecture.
func forEachLibrary(t *testing.T, test func(*testing.T, *elf.File)) {
	for arch, machine := range map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64} {
		t.Run(arch, func(t *testing.T) {
			f := openLibrary(t, arch)
			if f.Machine != machine {
				t.Errorf("is for %v", f.Machine)
			}
			test(t, f)
		})
	}
}

func openLibrary(t *testing.T, arch string) *elf.File {
	t.Helper()
	library, err := Library(arch)
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.NewFile(bytes.NewReader(library))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestLibraryImportsOnlyWhatIsAllowedAndNothingVersioned(t *testing.T) {
	forEachLibrary(t, importsOnlyWhatIsAllowed)
}

func importsOnlyWhatIsAllowed(t *testing.T, f *elf.File) {
	symbols, err := f.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	var exported []string
	for _, s := range symbols {
		if elf.ST_TYPE(s.Info) == elf.STT_SECTION {
			continue
		}
		if s.Section != elf.SHN_UNDEF {
			exported = append(exported, s.Name)
			continue
		}
		if bind, ok := allowedImports[s.Name]; !ok || elf.ST_BIND(s.Info) != bind {
			t.Errorf("imports %s (%v), which is not allowed", s.Name, elf.ST_BIND(s.Info))
		}
		if s.Version != "" {
			t.Errorf("imports %s with version %s: another libc would refuse to load it", s.Name, s.Version)
		}
	}
	slices.Sort(exported)
	if !slices.Equal(exported, exports) {
		t.Errorf("exports %v, want %v", exported, exports)
	}
	if needed, err := f.DynString(elf.DT_NEEDED); err != nil || len(needed) != 0 {
		t.Errorf("needs libraries %v (%v), want none", needed, err)
	}
}

func TestLibraryMayBeLoadedAnywhere(t *testing.T) {
	forEachLibrary(t, mayBeLoadedAnywhere)
}

func mayBeLoadedAnywhere(t *testing.T, f *elf.File) {
	for _, p := range f.Progs {
		// Kernels for arm64 may have pages of 64 KiB.
		if p.Type == elf.PT_LOAD && f.Machine == elf.EM_AARCH64 && p.Align < 64<<10 {
			t.Errorf("has a segment aligned to %d bytes", p.Align)
		}
		if p.Type == elf.PT_GNU_STACK && p.Flags&elf.PF_X != 0 {
			t.Error("asks for an executable stack")
		}
		if p.Type == elf.PT_LOAD && p.Flags&elf.PF_X != 0 && p.Flags&elf.PF_W != 0 {
			t.Error("has a segment that is writable and executable")
		}
	}
	if f.Section(".symtab") != nil || f.Section(".debug_info") != nil {
		t.Error("is not stripped")
	}
}

// TestLibraryIsBuiltFromItsSources fails when a source was changed and the
// library not built anew. Whether the build is reproducible is for build.sh --check.
func TestLibraryIsBuiltFromItsSources(t *testing.T) {
	manifest, err := os.Open("SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	defer manifest.Close()
	listed := make(map[string]bool)
	for lines := bufio.NewScanner(manifest); lines.Scan(); {
		sum, name, ok := strings.Cut(lines.Text(), "  ")
		if !ok {
			t.Fatalf("malformed line %q", lines.Text())
		}
		listed[name] = true
		content, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if have := sha256.Sum256(content); hex.EncodeToString(have[:]) != sum {
			t.Errorf("%s has changed since the library was built: run build.sh", name)
		}
	}
	sources, err := filepath.Glob("csrc/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sources {
		if !listed[s] {
			t.Errorf("%s is not in SHA256SUMS: run build.sh", s)
		}
	}
}

func TestInstallWritesTheLibraryOnceAndMendsADamagedOne(t *testing.T) {
	dir := t.TempDir()
	library := []byte("the library")
	path, err := install(dir, "lib.so", library)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("damaged"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := install(dir, "lib.so", library); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); string(got) != string(library) {
		t.Errorf("the file holds %q", got)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("temporary files were left: %v", entries)
	}
}

func TestInstallRefusesADirectoryThatOthersCanWriteTo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "shared")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := install(dir, "lib.so", []byte("x")); err == nil {
		t.Error("the directory was accepted")
	}
}

func TestOldLibrariesAreRemoved(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("libraries are installed on Linux only")
	}
	dir, long := t.TempDir(), time.Now().Add(-2*keep)
	for _, name := range []string{"libheapprof-old.so", "libheapprof-old.so.tmp1", "libheapprof-recent.so", "libheapprof-ours.so", "other.so"} {
		path, err := install(dir, name, []byte(name))
		if err != nil {
			t.Fatal(err)
		}
		if name != "libheapprof-recent.so" {
			if err := os.Chtimes(path, long, long); err != nil {
				t.Fatal(err)
			}
		}
	}
	removeOld(dir, "libheapprof-ours.so", time.Now().Add(-keep))
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if got, want := strings.Join(left, " "), "libheapprof-ours.so libheapprof-recent.so other.so"; got != want {
		t.Errorf("left are %s\nwant     %s", got, want)
	}
}
