package dhat

import (
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/profile/profiletest"
)

func TestThatNothingFailedIsToldFromThatNobodyLooked(t *testing.T) {
	p := profiletest.Sample()
	p.Recording.Refusals = []profile.Refusal{}
	if got := decode(t, encode(t, p)).Recording.Refusals; got == nil || len(got) != 0 {
		t.Errorf("nothing failed: read back as %#v", got)
	}
	p.Recording.Refusals, p.Recording.Limit = nil, nil
	text := encode(t, p)
	if got := decode(t, text).Recording; got.Refusals != nil || got.Limit != nil || strings.Contains(string(text), `"refusals"`) {
		t.Errorf("nobody looked: read back as %#v", got.Refusals)
	}
}

func TestBadRefusalsGetOneClearLine(t *testing.T) {
	own := func(keys string) string { return change(t, `"ftbl"`, `"heapprof":{"version":1,`+keys+`},"ftbl"`) }
	deep := strings.Repeat("1,", maxStack) + "1"
	for _, test := range []struct{ name, keys, want string }{
		{"frame", `"refusals":[{"by":"allocator","fs":[3]}]`, "is damaged: the stack of refusal 0 refers to frame 3, and the frame table ends before 3"},
		{"frame of the limit", `"limit":{"action":"note","crossed":{"fs":[9]}}`, "is damaged: the stack of what crossed the limit refers to frame 9, and the frame table ends before 3"},
		{"depth", `"refusals":[{"by":"limit","fs":[` + deep + `]}]`, "is damaged: the stack of refusal 0 has more than 65536 frames"},
		{"sum", `"refusals":[{"times":18446744073709551615,"fs":[]},{"times":1,"fs":[]}]`, "is damaged: the refusals add up to more than 2^64-1"},
		{"negative", `"refusals":[{"times":-1}]`, `refusals.times" of "heapprof": want uint64, not number -1`},
		{"no list", `"refusals":{}`, `refusals" of "heapprof": want`},
	} {
		_, err := Read(strings.NewReader(own(test.keys)))
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
	// What a later heapprof may write is no error.
	p := decode(t, []byte(own(`"limit":{"action":"shrink","kind":7},"refusals":[{"by":"the moon","times":2,"fs":[],"new":[]}]`)))
	if r := p.Recording; r.Limit.Action != "shrink" || r.Refusals[0].By != "the moon" || r.Refusals[0].Times != 2 {
		t.Errorf("got %+v", r)
	}
}
