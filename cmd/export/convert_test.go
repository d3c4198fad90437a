package export

import "testing"

func TestTheEndOfANameTellsAFormatBeforeItsBeginning(t *testing.T) {
	for output, want := range map[string]string{
		"massif.out.1": "massif", "massif.out": "massif", "out/massif.out-old": "massif", "massif.out.1.zst": "massif", "massif.out.txt": "massif",
		"massif.out.prog.pb.gz": "pprof", "massif.out.1.json": "dhat",
		"massif.out.svg": "", "massif.out.html": "", "massif.outer": "", // what other commands write, and nothing that is known
	} {
		if f, err := chooseConvertForm("", output); (err == nil) != (want != "") || f.name != want {
			t.Errorf("%s: %q, %v", output, f.name, err)
		}
	}
}
