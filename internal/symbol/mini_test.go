package symbol

import (
	"testing"

	"heapprof/internal/testkit"
)

func TestFunctionsAreNamedByTheSymbolsWithinAStrippedFile(t *testing.T) {
	prog := build(t, t.TempDir(), "gcc", "words.c", "-O1")
	for name, flags := range map[string][]string{"as Fedora does": nil, "as Android does": {"--block-size=4096", "--check=crc32"}, "with the largest dictionary": {"-9"}} {
		mini, whole := open(t, testkit.MiniDebug(t, prog, flags...)), open(t, prog)
		for _, s := range functionSymbols(t, prog) {
			if s.Size == 0 {
				continue
			}
			if got, want := mini.Frames(s.Value+s.Size/2), whole.Frames(s.Value+s.Size/2); !sameFrames(got, want) || len(got) != 1 || got[0].Function == "" {
				t.Errorf("%s: %s is %v, want %v", name, s.Name, got, want)
			}
		}
	}
}

func TestADebugFileGoesBeforeTheSymbolsWithin(t *testing.T) {
	dir := t.TempDir()
	prog := build(t, dir, "gcc", "words.c", "-g", "-O1")
	main := symbolAddress(t, prog, "main")
	id := buildIDOf(t, prog)
	split(t, prog, dir+"/.build-id/"+id[:2]+"/"+id[2:]+".debug")
	if f := open(t, testkit.MiniDebug(t, prog), dir).Frames(main); len(f) != 1 || f[0].Line == 0 {
		t.Errorf("main is %v, without a line", f)
	}
}
