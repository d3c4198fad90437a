package budget

import (
	"errors"
	"strings"
	"testing"
)

// The cases are those that LeakSanitizer's own library of suppressions is tested by, and some that were seen
// to be so with LeakSanitizer itself.
func TestPatternsMatchAsLeakSanitizers(t *testing.T) {
	for pattern, names := range map[string]string{
		"foobar": "foobar prefix_foobar_postfix", "*foobar*": "foobar prefix_foobar_postfix", "foo*bar": "foo_middle_bar foobar",
		"foo*bar*baz": "foo_middle_bar_another_baz foo_middle_barbaz", "^foobar": "foobar foobar_postfix", "^*foobar": "foobar prefix_foobar",
		"foobar$": "foobar prefix_foobar", "*foobar*$": "foobar foobar_postfix", "^foobar$": "foobar", "^a*$": "aba", "ba$": "aba", "ab*a": "aba",
	} {
		for name := range strings.FieldsSeq(names) {
			if !Pattern(pattern).Matches(name) {
				t.Errorf("%s does not match %s", pattern, name)
			}
		}
	}
	for pattern, names := range map[string]string{
		"foo": "baz", "foobarbaz": "foobar barbaz", "foo*bar": "foobaz foo_baz", "^foobar": "prefix_foobar", "foobar$": "foobar_postfix",
		"^foobar$": "prefix_foobar foobar_postfix", "foo^bar": "foobar", "foo$bar": "foobar", "foo$^bar": "foobar", "a$": "aba", "foo$": "foo_middle_bar",
	} {
		for name := range strings.FieldsSeq(names) {
			if Pattern(pattern).Matches(name) {
				t.Errorf("%s matches %s", pattern, name)
			}
		}
	}
	if Pattern("a").Matches("") || Pattern("*").Matches("") {
		t.Error("a pattern matches what has no name")
	}
}

func TestSuppressionsAreReadWithTheirComments(t *testing.T) {
	all, err := ParseSuppressions("lsan.supp", "# of no line\n\n# made once,\n#  and kept\n \tleak:^init$ \r\nleak:libx.so\n#other\nleak:y")
	if err != nil {
		t.Fatal(err)
	}
	want := []Ignore{
		{Leak: "^init$", Reason: "made once, and kept", File: "lsan.supp", Line: 5},
		{Leak: "libx.so", Reason: "made once, and kept", File: "lsan.supp", Line: 6},
		{Leak: "y", Reason: "other", File: "lsan.supp", Line: 8},
	}
	if len(all) != len(want) {
		t.Fatalf("%+v", all)
	}
	for i := range all {
		if all[i] != want[i] {
			t.Errorf("%+v, want %+v", all[i], want[i])
		}
	}
	for text, line := range map[string]int{"leak:a\nrace:b\n": 2, "leak:": 1, "\n\nleak:*\n": 3, "leak a": 1, " leak:x # y\nx": 2} {
		_, err := ParseSuppressions("f", text)
		var e *SuppressionError
		if !errors.As(err, &e) || e.Line != line {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzSuppressions(f *testing.F) {
	f.Add("# a\nleak:b*c$\n", "abc")
	f.Add("leak:^a\r\n\nx:y", "a")
	f.Fuzz(func(t *testing.T, text, name string) {
		all, err := ParseSuppressions("f", text)
		lines := strings.Count(text, "\n") + 1
		var e *SuppressionError
		if err != nil && (!errors.As(err, &e) || e.Line < 1 || e.Line > lines) {
			t.Errorf("%q: %v", text, err)
		}
		for _, i := range all {
			if i.Line < 1 || i.Line > lines || i.Leak.MatchesAll() {
				t.Errorf("%q: %+v", text, i)
			}
			i.Leak.Matches(name)
		}
	})
}
