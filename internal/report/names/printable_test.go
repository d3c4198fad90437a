package names

import "testing"

func TestWhatSteersATerminalOrTurnsTheTextIsReplaced(t *testing.T) {
	for s, want := range map[string]string{
		"std::vector<größe>::解析": "std::vector<größe>::解析",
		"a\x1b[31mb":             "a·[31mb",
		"a\u009b31mb":            "a·31mb",
		"a\r\nb\tc":              "a  b c",
		"a\u2028b\u0085c":        "a b c",
		"a\u202eb\u2066c\u200fd": "a·b·c·d",
		"a\xffb":                 "a·b",
	} {
		if got := Printable(s); got != want {
			t.Errorf("Printable(%q) = %q, want %q", s, got, want)
		}
	}
}
