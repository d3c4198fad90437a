package dhat

import (
	"errors"
	"io"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"heapprof/internal/profile"
)

// whole is a profile that the bad ones are made of by one change.
const whole = `{"dhatFileVersion":2,"mode":"heap","verb":"Allocated","bklt":true,"bkacc":true,` +
	`"tu":"instrs","Mtu":"Minstr","tuth":500,"cmd":"./p","pid":7,"te":9,"tg":8,` +
	`"pps":[{"tb":1,"tbk":1,"tl":5,"mb":1,"mbk":1,"gb":1,"gbk":1,"eb":0,"ebk":0,"rb":0,"wb":0,"acc":[-1,0],"fs":[1,2]},` +
	`{"tb":2,"tbk":1,"tl":5,"mb":2,"mbk":1,"gb":0,"gbk":0,"eb":0,"ebk":0,"rb":0,"wb":0,"fs":[2]}],` +
	`"ftbl":["[root]","0x1: f (a.c:1)","0x2: main (a.c:2)"]}`

// change replaces the first old in the whole profile.
func change(t *testing.T, old, new string) string {
	t.Helper()
	if !strings.Contains(whole, old) {
		t.Fatalf("the whole profile has no %q", old)
	}
	return strings.Replace(whole, old, new, 1)
}

func TestWholeProfileIsRead(t *testing.T) {
	p := decode(t, []byte(whole))
	if len(p.Points) != 2 || len(p.Frames) != 3 || p.Points[1].TotalBytes != 2 {
		t.Errorf("got %+v", p)
	}
}

// In these texts ^ marks the byte that the error is to name as @.
func TestBadInputGetsOneClearLine(t *testing.T) {
	tests := []struct {
		name, text, want string
	}{
		{"empty", "", "the input is empty"},
		{"white space", " \n\n", "the input is empty"},
		{"array", `[1,2]`, "the input is not a DHAT profile: it begins with an array, not with an object"},
		{"text", "v 10400 3\n", `the input is not a DHAT profile: it begins with 'v', not with an object`},
		{"ELF", "\x7fELF\x02", `the input is not a DHAT profile: it begins with '\x7f', not with an object`},
		{"package.json", `{"name":"left-pad","version":"1.0.0","scripts":{"test":"x"}}`, `the input is not a DHAT profile: it has no "dhatFileVersion"`},
		{"empty object", `{}`, `the input is not a DHAT profile: it has no "dhatFileVersion"`},
		{"version 1", change(t, `Version":2`, `Version":1`), "the input is of DHAT version 1; only version 2 can be read"},
		{"version 3", change(t, `Version":2`, `Version":3`), "the input is of DHAT version 3; only version 2 can be read"},
		{"version as text", change(t, `Version":2`, `Version":^"2"`), `the input is damaged at byte @: "dhatFileVersion": want a whole number from 0, not a string`},

		{"cut in a key", whole[:5] + "^", "the input is truncated: it ends at byte @, where the end of a string was to come"},
		{"cut in the points", whole[:200] + "^", "the input is truncated: it ends at byte @, where the end of a string was to come"},
		{"cut after a colon", `{"mode":^`, "the input is truncated: it ends at byte @, where a string was to come"},
		{"cut before the end", whole[:len(whole)-1] + "^", "the input is truncated: it ends at byte @, where a comma or '}' was to come"},
		{"cut in a word", `{"bklt":tr^`, "the input is truncated: it ends at byte @, where true was to come"},
		{"cut in an escape", `{"mode":"\^`, "the input is truncated: it ends at byte @, where the end of a string was to come"},
		{"cut in a code", `{"mode":"\u00^`, "the input is truncated: it ends at byte @, where the end of a string was to come"},

		{"no comma", change(t, `"tb":1,"tbk"`, `"tb":1 ^"tbk"`), `the input is damaged at byte @: "tb" of point 0: want a comma or '}', not a string`},
		{"no colon", change(t, `"mode":`, `"mode" ^`), `the input is damaged at byte @: want a colon, not a string`},
		{"comma at the end", change(t, `"fs":[2]}]`, `"fs":[2]},^]`), `the input is damaged at byte @: point 2: want an object, not ']'`},
		{"bare key", `{^mode:1}`, `the input is damaged at byte @: want a key in double quotes, not 'm'`},
		{"unknown escape", change(t, `./p`, `\x^`), `the input is damaged at byte @: "cmd": a string holds an unknown escape sequence`},
		{"control character", change(t, `./p`, "a^\nb"), `the input is damaged at byte @: "cmd": a string holds the control character 0x0a`},
		{"NUL", change(t, `"pid":7`, "\"pid\":^\x00"), `the input is damaged at byte @: "pid": want a whole number from 0, not '\x00'`},
		{"two profiles", whole + "^" + whole, "the input is damaged at byte @: something follows the profile's end"},
		{"key twice", change(t, `"te":9`, `"pid":^9`), `the input is damaged at byte @: "pid": the key appears twice`},
		{"key twice in a point", change(t, `"tbk":1`, `"tb":^1`), `the input is damaged at byte @: "tb" of point 0: the key appears twice`},

		{"negative", change(t, `"eb":0`, `"eb":^-1`), `the input is damaged at byte @: "eb" of point 0: want a whole number from 0, not a negative number`},
		{"fraction", change(t, `"eb":0`, `"eb":0^.5`), `the input is damaged at byte @: "eb" of point 0: want a whole number, not a fraction or an exponent`},
		{"exponent", change(t, `"eb":0`, `"eb":1^e3`), `the input is damaged at byte @: "eb" of point 0: want a whole number, not a fraction or an exponent`},
		{"leading zero", change(t, `"eb":0`, `"eb":0^0`), `the input is damaged at byte @: "eb" of point 0: a number begins with 0`},
		{"too large", change(t, `"eb":0`, `"eb":1844674407370955161^6`), `the input is damaged at byte @: "eb" of point 0: a number is above 2^64-1`},
		{"far too large", change(t, `"eb":0`, `"eb":9999999999999999999^`+strings.Repeat("9", 1000)), `the input is damaged at byte @: "eb" of point 0: a number is above 2^64-1`},
		{"overflowing sum", change(t, `"tb":2`, `"tb":18446744073709551615`), `the input is damaged: the points' "tb" add up to more than 2^64-1`},
		{"null", change(t, `"eb":0`, `"eb":^null`), `the input is damaged at byte @: "eb" of point 0: want a whole number from 0, not null`},
		{"pid too large", change(t, `"pid":7`, `"pid":9223372036854775808^`), `the input is damaged at byte @: "pid": a number does not fit 64 bits`},

		{"samples without variances", change(t, `"tb":2`, `"hts":[1,2]^,"tb":2`), `the input is damaged at byte @: "hts" of point 1: samples lack their variances`},
		{"value of nothing", change(t, `"tb":2`, `"hxs":[1],"tb":2`), `the input is damaged: point 1 has 1 numbers under "hxs", and there are 0 in "extra"`},
		{"negative variance", change(t, `"tb":2`, `"hes":[1,^-2,3],"tb":2`), `the input is damaged at byte @: "hes" of point 1: want a number from 0, not a negative number`},
		{"endless variance", change(t, `"tb":2`, `"hgs":[1,1e999^,3],"tb":2`), `the input is damaged at byte @: "hgs" of point 1: 1e999 is not a number up to 1e+200`},
		{"sum in a variance", change(t, `"tb":2`, `"hgs":[1,1+1^,3],"tb":2`), `the input is damaged at byte @: "hgs" of point 1: 1+1 is not a number up to 1e+200`},

		{"flag as number", change(t, `"bklt":true`, `"bklt":^1`), `the input is damaged at byte @: "bklt": want true or false, not a number`},
		{"misspelt word", change(t, `"bklt":true`, `"bklt":tru^x`), `the input is damaged at byte @: "bklt": want true, not 'x'`},
		{"text as object", change(t, `"cmd":"./p"`, `"cmd":^{}`), `the input is damaged at byte @: "cmd": want a string, not an object`},
		{"points as object", change(t, `"pps":[`, `"pps":^{`), `the input is damaged at byte @: "pps": want an array, not an object`},
		{"point as array", change(t, `"pps":[{`, `"pps":[^[`), `the input is damaged at byte @: point 0: want an object, not an array`},
		{"frames as string", change(t, `"fs":[2]`, `"fs":^"2"`), `the input is damaged at byte @: "fs" of point 1: want an array, not a string`},
		{"frame index as string", change(t, `"fs":[2]`, `"fs":[^"2"]`), `the input is damaged at byte @: "fs" of point 1: want a whole number from 0, not a string`},
		{"frame text as number", change(t, `"[root]"`, `^0`), `the input is damaged at byte @: "ftbl": want a string, not a number`},

		{"frame index out of range", change(t, `"fs":[2]`, `"fs":[2,3]`), "the input is damaged: point 1 refers to frame 3, and the frame table ends before 3"},
		{"frame index beyond 32 bits", change(t, `"fs":[1,2]`, `"fs":[4294967297^,2]`), `the input is damaged at byte @: "fs" of point 0: the index 4294967297 does not fit 32 bits`},
		{"negative frame index", change(t, `"fs":[1,2]`, `"fs":[1,^-2]`), `the input is damaged at byte @: "fs" of point 0: want a whole number from 0, not a negative number`},
		{"no frame table to speak of", change(t, `["[root]","0x1: f (a.c:1)","0x2: main (a.c:2)"]`, `[]`), "the input is damaged: point 0 refers to frame 2, and the frame table ends before 0"},

		{"no mode", change(t, `"mode":"heap",`, ``), `the input is not a whole DHAT profile: it has no "mode"`},
		{"no peak time", change(t, `"tg":8,`, ``), `the input is not a whole DHAT profile: it has no "tg"`},
		{"no points", `{"dhatFileVersion":2,"mode":"","verb":"","bklt":false,"bkacc":false,"tu":"","Mtu":"","cmd":"","pid":1,"te":1,"ftbl":[]}`, `the input is not a whole DHAT profile: it has no "pps"`},
		{"no total in a point", change(t, `"tb":2,`, ``), `the input is not a whole DHAT profile: point 1 has no "tb"`},
		{"no lifetime in a point", change(t, `"tl":5,`, ``), `the input is not a whole DHAT profile: point 0 has no "tl"`},
		{"no accesses in a point", change(t, `"rb":0,`, ``), `the input is not a whole DHAT profile: point 0 has no "rb"`},
		{"no frames in a point", change(t, `,"fs":[2]`, ``), `the input is not a whole DHAT profile: point 1 has no "fs"`},

		{"deep array", `{"x":` + strings.Repeat("[", 1000) + "^" + strings.Repeat("[", 1000), "the input is damaged at byte @: values are nested more than 1000 deep"},
		{"deep objects", `{"x":` + strings.Repeat(`{"a":`, 1000) + "^" + strings.Repeat(`{"a":`, 1000), "the input is damaged at byte @: values are nested more than 1000 deep"},

		{"own key as array", change(t, `"ftbl"`, `"heapprof":^[],"ftbl"`), `the input is damaged at byte @: "heapprof": want an object, not an array`},
		{"own key without version", change(t, `"ftbl"`, `"heapprof":^{},"ftbl"`), `the input is damaged after byte @: "heapprof" has no version`},
		{
			"wrong type in own key", change(t, `"ftbl"`, `"heapprof":{"version":1,"timeline":[[1,"2"^]]},"ftbl"`),
			`the input is damaged at byte @: "timeline" of "heapprof": want uint64, not string`,
		},
		{
			"negative number in own key", change(t, `"ftbl"`, `"heapprof":{"version":1,"counts":{"lostEvents":-1^}},"ftbl"`),
			`the input is damaged at byte @: "counts.lostEvents" of "heapprof": want uint64, not number -1`,
		},
		{
			"module index out of range", change(t, `"ftbl"`, `"heapprof":{"version":1,"frameModules":[-1,-1,0]},"ftbl"`),
			"the input is damaged: frame 2 refers to module 0, and there are 0 modules",
		},
		{
			"too few modules", change(t, `"ftbl"`, `"heapprof":{"version":1,"frameModules":[-1]},"ftbl"`),
			"the input is damaged: 1 modules are named for 3 frames",
		},
		{
			"mapping with a frame out of range", change(t, `"ftbl"`, `"heapprof":{"version":1,"mappingsPeak":1,"mappings":[{"tb":1,"fs":[3]}]},"ftbl"`),
			"the input is damaged: mapping 0 refers to frame 3, and the frame table ends before 3",
		},
		{
			"mappings beyond 64 bits", change(t, `"ftbl"`, `"heapprof":{"version":1,"mappingsPeak":1,"mappings":[{"tb":1,"fs":[]},{"tb":18446744073709551615,"fs":[]}]},"ftbl"`),
			"the input is damaged: the mappings' \"tb\" add up to more than 2^64-1",
		},
		{
			"stack of a free with a frame out of range", change(t, `"ftbl"`, `"heapprof":{"version":1,"freeStacks":[[1],[3]],"freed":[[0,1,1,1]]},"ftbl"`),
			"the input is damaged: stack 0 of frees refers to frame 3, and the frame table ends before 3",
		},
		{
			"freed blocks of a point out of range", change(t, `"ftbl"`, `"heapprof":{"version":1,"freeStacks":[[1]],"freed":[[2,0,1,1]]},"ftbl"`),
			"the input is damaged: row 0 of freed blocks refers to point 2, and there are 2 points",
		},
		{
			"freed blocks of a point beyond 63 bits", change(t, `"ftbl"`, `"heapprof":{"version":1,"freeStacks":[[1]],"freed":[[18446744073709551615,0,1,1]]},"ftbl"`),
			"the input is damaged: row 0 of freed blocks refers to point 9223372036854775807, and there are 2 points",
		},
		{
			"freed blocks by a stack out of range", change(t, `"ftbl"`, `"heapprof":{"version":1,"freeStacks":[[1]],"freed":[[0,1,1,1]]},"ftbl"`),
			"the input is damaged: row 0 of freed blocks refers to stack 1, and there are 1 stacks of frees",
		},
		{
			"freed bytes beyond 64 bits", change(t, `"ftbl"`, `"heapprof":{"version":1,"freeStacks":[[1]],"freed":[[0,0,1,1],[1,0,18446744073709551615,1]]},"ftbl"`),
			"the input is damaged: the freed blocks add up to more than 2^64-1",
		},
		{
			"wrong free of a point out of range", change(t, `"ftbl"`, `"heapprof":{"version":1,"freeStacks":[[1]],"wrongFrees":[{"kind":"foreign","point":-2,"stack":0,"blocks":1}]},"ftbl"`),
			"the input is damaged: wrong free 0 refers to point -2, and there are 2 points",
		},
		{
			"wrong free by a stack out of range", change(t, `"ftbl"`, `"heapprof":{"version":1,"freeStacks":[[1]],"wrongFrees":[{"kind":"foreign","point":-1,"stack":-1,"blocks":1}]},"ftbl"`),
			"the input is damaged: wrong free 0 refers to stack -1, and there are 1 stacks of frees",
		},
		{
			"wrong frees beyond 64 bits", change(t, `"ftbl"`, `"heapprof":{"version":1,"freeStacks":[[1]],"wrongFrees":[{"kind":"foreign","point":-1,"stack":0,"blocks":18446744073709551615},{"kind":"foreign","point":1,"stack":0,"blocks":1}]},"ftbl"`),
			"the input is damaged: the wrong frees add up to more than 2^64-1",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			at := strings.IndexByte(tt.text, '^')
			text := strings.Replace(tt.text, "^", "", 1)
			want := strings.Replace(tt.want, "@", strconv.Itoa(at), 1)
			if strings.Contains(want, "not a DHAT") {
				want += "; heapprof run, valgrind --tool=dhat and dhat-rs write such files"
			}
			_, err := Read(strings.NewReader(text))
			var format *profile.FormatError
			if !errors.As(err, &format) || err.Error() != want {
				t.Errorf("got  %v\nwant %v", err, want)
			}
			// Where the window ends must not matter.
			_, err = Read(iotest.OneByteReader(strings.NewReader(text)))
			if err == nil || err.Error() != want {
				t.Errorf("byte by byte\ngot  %v\nwant %v", err, want)
			}
		})
	}
}

func TestAStackHasALimit(t *testing.T) {
	of := func(frames int) string {
		return `{"dhatFileVersion":2,"mode":"heap","verb":"Allocated","bklt":false,"bkacc":false,"tu":"us","Mtu":"s","cmd":"x","pid":1,"te":1,` +
			`"pps":[{"tb":1,"tbk":1,"fs":[1` + strings.Repeat(",1", frames-1) + `]}],"ftbl":["[root]","0x1: f"]}`
	}
	p, err := Read(strings.NewReader(of(maxStack)))
	if err != nil || p.Points[0].Stack.Len() != maxStack {
		t.Fatalf("%d frames: %v", maxStack, err)
	}
	for _, frames := range []int{maxStack + 1, 1_000_000} {
		if _, err := Read(strings.NewReader(of(frames))); err == nil || !strings.Contains(err.Error(), `"fs" of point 0: a stack has more than 65536 frames`) {
			t.Errorf("%d frames: %v", frames, err)
		}
	}
}

func TestAStackOfAFreeHasALimit(t *testing.T) {
	of := func(frames int) string {
		return change(t, `"ftbl"`, `"heapprof":{"version":1,"freeStacks":[[1`+strings.Repeat(",1", frames-1)+`]],"freed":[[0,0,1,1]]},"ftbl"`)
	}
	if _, err := Read(strings.NewReader(of(maxStack))); err != nil {
		t.Error(err)
	}
	if _, err := Read(strings.NewReader(of(maxStack + 1))); err == nil || !strings.Contains(err.Error(), "stack 0 of frees has more than 65536 frames") {
		t.Errorf("got %v", err)
	}
}

func TestEndlessStringIsRefused(t *testing.T) {
	text := strings.NewReader(`{"mode":"` + strings.Repeat("x", maxString+windowSize))
	if _, err := Read(text); err == nil || !strings.Contains(err.Error(), `"mode": a string is longer than 16 MiB`) {
		t.Errorf("got %v", err)
	}
}

// A parser that recursed, or that kept what it skips, would not survive this.
func TestArrayNestedFiftyMillionDeepIsRefusedAtOnce(t *testing.T) {
	read := 0
	source := io.MultiReader(strings.NewReader(`{"x":`), readerFunc(func(p []byte) (int, error) {
		for i := range p {
			p[i] = '['
		}
		read += len(p)
		if read >= 50_000_000 {
			return 0, io.EOF
		}
		return len(p), nil
	}))
	if _, err := Read(source); err == nil || !strings.Contains(err.Error(), "nested more than 1000 deep") {
		t.Errorf("got %v", err)
	}
	if read > 1<<20 {
		t.Errorf("%d bytes were read before", read)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestUnknownKeysAreReadOver(t *testing.T) {
	text := change(t, `"pid":7`, `"future":{"a":[1,-2.5e+3,true,false,null,"\u00e9\"",{}],"b":[[],{}]},"pid":7`)
	text = strings.Replace(text, `"tb":2,`, `"zz":{"fs":[9]},"tb":2,"q":"x",`, 1)
	want := decode(t, []byte(whole))
	if got := decode(t, []byte(text)); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestKeyOrderDoesNotMatter(t *testing.T) {
	// jq -S, for one, sorts the keys: pps then stands before tu.
	text := change(t, `"bklt":true,"bkacc":true,`, ``)
	text = strings.TrimSuffix(text, "}") + `,"bkacc":true,"bklt":true}`
	if got := decode(t, []byte(text)); !reflect.DeepEqual(got, decode(t, []byte(whole))) {
		t.Errorf("got %+v", got)
	}
	text = strings.Replace(text, `"rb":0,`, ``, 1)
	if _, err := Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), `point 0 has no "rb"`) {
		t.Errorf("a missing column: got %v", err)
	}
}

func TestPointsOfTheSameFramesAreKept(t *testing.T) {
	p := decode(t, []byte(change(t, `"fs":[2]`, `"fs":[1,2]`)))
	if len(p.Points) != 2 || p.Totals().TotalBytes != 3 {
		t.Errorf("got %+v", p.Points)
	}
}

func TestStringsAreUnescapedAndMadeUTF8(t *testing.T) {
	for in, want := range map[string]string{
		`\"\\\/\b\f\n\r\t`: "\"\\/\b\f\n\r\t",
		`\u00e9é`:          "éé",
		`\ud83d\ude00`:     "😀",
		`\ud83dx`:          "\uFFFDx",
		`\ud83d\n`:         "\uFFFD\n",
		`\ud83d\u0041`:     "\uFFFDA",
		`\ud83d\ud83d`:     "\uFFFD\uFFFD",
		`\ude00`:           "\uFFFD",
		"a\xffb":           "a\uFFFDb",
	} {
		text := strings.Replace(change(t, `./p`, in), `main (a.c:2)`, in, 1)
		for _, r := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
			p, err := Read(r)
			if err != nil {
				t.Errorf("%s: %v", in, err)
				continue
			}
			if p.Command != want || p.Frames[2].Function != want {
				t.Errorf("%s: got %q and %q", in, p.Command, p.Frames[2].Function)
			}
		}
	}
}

func TestLargestNumbersAreExact(t *testing.T) {
	p := decode(t, []byte(strings.Replace(change(t, `"tb":1,`, `"tb":18446744073709551613,`), `"pid":7`, `"pid":-9223372036854775808`, 1)))
	if p.Points[0].TotalBytes != 1<<64-3 || p.PID != -1<<63 {
		t.Errorf("got %d and %d", p.Points[0].TotalBytes, p.PID)
	}
	if got := decode(t, encode(t, p)); !reflect.DeepEqual(got, p) {
		t.Errorf("written and read: %+v", got)
	}
}

func TestNewerOwnKeyIsRead(t *testing.T) {
	p := decode(t, []byte(change(t, `"ftbl"`, `"heapprof":{"version":9,"new":[{}],"host":"h","timeline":[[1,2,3,4,5]]},"ftbl"`)))
	if x := p.Recording; x.Host != "h" || len(p.Timeline) != 1 || p.Timeline[0] != (profile.Reading{Time: 1, Bytes: 2, Blocks: 3, RSS: 4}) {
		t.Errorf("got %+v", x)
	}
}

func TestReadPassesOnItsSourcesError(t *testing.T) {
	broken := errors.New("the disk fell off")
	for _, head := range []string{"", whole[:100]} {
		_, err := Read(io.MultiReader(strings.NewReader(head), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) {
			t.Errorf("after %q: %v", head, err)
		}
	}
}
