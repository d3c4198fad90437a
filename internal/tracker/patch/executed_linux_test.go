package patch

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"heapprof/internal/testkit"
	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patch/codefile"
)

// sampled are pure functions of libm and libc, by the signatures of patched.c. Those
// that a library has as IFUNC are passed over.
var sampled = map[string]map[string]string{
	"libm.so.6": {
		"d": "acos acosh asin asinh atan atanh cbrt ceil cos cosh erf erfc exp exp10 exp2 expm1 fabs floor j0 j1 lgamma log log10 log1p " +
			"log2 logb nearbyint rint round roundeven significand sin sinh sqrt tan tanh tgamma trunc y0 y1",
		"f": "acosf acoshf asinf asinhf atanf atanhf cbrtf cosf coshf erff erfcf expf expm1f fabsf j0f j1f lgammaf logf log10f log1pf log2f " +
			"logbf nearbyintf rintf roundf sinf sinhf sqrtf tanf tanhf tgammaf truncf y0f y1f",
		"dd": "atan2 copysign drem fdim fmax fmin fmod hypot nextafter pow remainder scalb",
		"ff": "atan2f copysignf dremf fdimf fmaxf fminf fmodf hypotf nextafterf powf remainderf scalbf",
		"di": "ldexp scalbn",
		"id": "ilogb __finite __isinf __isnan __fpclassify __signbit",
	},
	"libc.so.6": {
		"i":   "abs ffs htonl ntohl htons toascii",
		"c":   "isalnum isalpha isblank iscntrl isdigit isgraph islower isprint ispunct isspace isupper isxdigit tolower toupper iswalpha iswdigit towupper towlower wctob btowc",
		"l":   "labs llabs ffsl ffsll",
		"s":   "atoi atol atoll a64l inet_addr inet_network",
		"ss":  "strverscmp strcoll",
		"sei": "strtol strtoul strtoll strtoull strtoimax strtoumax",
		"sd":  "atof",
	},
}

// forms are the functions of patched.c that begin with what must be mended.
var forms = map[string]string{
	"amd64": "endbr memory lea short long jump call memory_call register_call unwind own_address tiny vex stack",
	"arm64": "landing signed signed_page page address literal word signed_word zero not_zero bit high_bit flags jump unwind",
}

// runner runs patched.c's program on one kind of processor.
type runner struct {
	program string
	command []string // before the program's own
	root    string   // of the libraries
}

// newRunner skips the test where arch is neither the machine's own nor can be had here.
func newRunner(t *testing.T, arch string) runner {
	t.Helper()
	flags := []string{"-O2", "-rdynamic"}
	switch {
	case arch == runtime.GOARCH:
		return runner{program: testkit.Build(t, "patched.c", flags...)}
	case arch == "arm64":
		const root = "/usr/aarch64-linux-gnu" // where Debian's cross compiler keeps arm64's libraries
		return runner{
			program: testkit.BuildWith(t, "aarch64-linux-gnu-gcc", "patched.c", flags...),
			command: []string{testkit.Tool(t, "qemu-aarch64"), "-L", root},
			root:    root,
		}
	}
	t.Skipf("%s programs do not run here", arch)
	return runner{}
}

// run patches the functions of a file, the program itself for "-", and returns how
// many of them it called, all of which answered as before.
func (r runner) run(t *testing.T, library string, signatures map[string]string) int {
	t.Helper()
	path := r.program
	if library != "-" {
		path = libraryOf(t, r, library)
	}
	m, err := codefile.Open(path, "", false)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	has := make(map[string]bool)
	for s := range m.Symbols {
		name, _, _ := strings.Cut(string(s.Name), "@")
		has[name] = !s.Indirect
	}
	var functions []allocator.Function
	arguments := []string{}
	for signature, names := range signatures {
		for name := range strings.FieldsSeq(names) {
			if !has[name] {
				continue
			}
			f, err := allocator.ParseAlloc(name + "(size=1)")
			if err != nil {
				t.Fatal(err)
			}
			functions = append(functions, f)
			arguments = append(arguments, name+":"+signature)
		}
	}
	plan, err := Read(path, Options{Functions: functions})
	if err != nil {
		t.Fatal(err)
	}
	for _, refused := range plan.Refused {
		t.Log(refused)
	}
	file := filepath.Join(t.TempDir(), "plan")
	if err := os.WriteFile(file, encode(plan), 0o644); err != nil {
		t.Fatal(err)
	}
	command := append(append(r.command[:len(r.command):len(r.command)], r.program, file, library), arguments...)
	result := testkit.Run(t, exec.Command(command[0], command[1:]...))
	if result.Status != 0 {
		t.Fatalf("%s: status %d\n%s%s", strings.Join(command, " "), result.Status, result.Stdout, result.Stderr)
	}
	ran := 0
	for line := range strings.Lines(result.Stdout) {
		var name string
		var calls, hits, wrong int
		if n, _ := fmt.Sscanf(line, "%s %d %d %d", &name, &calls, &hits, &wrong); n != 4 {
			continue
		}
		ran++
		if wrong != 0 || hits < calls {
			t.Errorf("%s of %s: of %d calls %d came to the stub, and %d answers were wrong", name, library, calls, hits, wrong)
		}
	}
	return ran
}

func libraryOf(t *testing.T, r runner, name string) string {
	t.Helper()
	for _, dir := range []string{"lib", "lib64", "lib/" + runtime.GOARCH, "lib/x86_64-linux-gnu", "lib/aarch64-linux-gnu", "usr/lib64"} {
		if path := filepath.Join("/", r.root, dir, name); exists(path) {
			return path
		}
	}
	testkit.Skip(t, "%s is not where it is looked for", name)
	return ""
}

// TestPatchedFunctionsOfLibrariesAnswerAsBefore writes plans into a process and calls
// what they patched, and the moved code alone, with arguments for which the answers
// are known from before.
func TestPatchedFunctionsOfLibrariesAnswerAsBefore(t *testing.T) {
	for arch := range forms {
		for library, signatures := range sampled {
			t.Run(arch+" "+library, func(t *testing.T) {
				ran := newRunner(t, arch).run(t, library, signatures)
				t.Logf("%d functions", ran)
				if ran < 20 {
					t.Errorf("%d functions were patched, want at least 20", ran)
				}
			})
		}
	}
}

// TestEveryFormOfFirstInstructionIsMended does the same with functions that begin
// with what must be mended, all of which must be patched. Two unwind: the frames
// above them must be found through the moved code.
func TestEveryFormOfFirstInstructionIsMended(t *testing.T) {
	for arch, list := range forms {
		t.Run(arch, func(t *testing.T) {
			names := strings.Fields(list)
			for i := range names {
				names[i] = "form_" + names[i]
			}
			if ran := newRunner(t, arch).run(t, "-", map[string]string{"l": strings.Join(names, " ")}); ran != len(names) {
				t.Errorf("%d functions were patched, want all %d", ran, len(names))
			}
		})
	}
}
