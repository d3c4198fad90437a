package names

import "testing"

func TestWidthIsThatOfATerminal(t *testing.T) {
	for s, want := range map[string]int{
		"":                    0,
		"parse(int)":          10,
		"größe":               5,
		"gro\u0308ße":         5, // the same, composed of o and its dots
		"解析":                  4,
		"👩‍👩‍👧":               2, // one picture of five characters
		"├ f…":                4,
		"\x1b[1mtotal\x1b[0m": 5,
	} {
		if got := Width(s); got != want {
			t.Errorf("Width(%q) = %d, want %d", s, got, want)
		}
	}
}

func TestWhatIsCutFitsThoughItsCharactersAreWide(t *testing.T) {
	const name = "解析器::读取文件的内容"
	for width := range Width(name) {
		for how, got := range map[string]string{"CutMiddle": CutMiddle(name, width), "CutEnd": CutEnd(name, max(width, 1)), "Shorten": Shorten(name, width)} {
			if Width(got) > max(width, 1) {
				t.Errorf("%s to %d columns is %q, which takes %d", how, width, got, Width(got))
			}
		}
	}
	if got := CutMiddle(name, 13); got != "解析…件的内容" {
		t.Errorf("got %q", got)
	}
	if got := CutEnd("gro\u0308ße", 4); got != "gro\u0308…" {
		t.Errorf("a letter was parted from its dots: %q", got)
	}
}
