package ci

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"reflect"
	"strings"
	"testing"
)

// hostile is a name that would be markup, a command or a mention in each of the forms.
const hostile = "f<a|b>`@user`::error file=x,line=1::%0A#12]]>&amp;\r\n::set-env name=x::y\x00\x1b[31m"

// exceeded returns a check of one limit that is exceeded, with names as given.
func exceeded(name string) Check {
	return Check{
		Name: name, Group: "group", Profile: "/tmp/" + name, Seconds: 1.5, Outcome: Exceeded,
		Limits: []Limit{{
			Subject: "peak-bytes@" + name, Outcome: Exceeded, Value: 13000000, Low: 13000000, High: 13000000, Most: 10485760, Allowed: 10485760,
			Text: "peak-bytes 12.4 MiB exceeds 10 MiB by 24%: 6.1 MiB of it by " + name + "  index.rs:88", Title: "peak-bytes exceeded by 24%",
			ValueText: "12.4 MiB", MostText: "10 MiB",
			Sites: []Site{
				{Function: "vec", File: "/rustc/vec.rs", Line: 5, Amount: 7000000},
				{Function: name, File: name, Line: 88, Amount: 6000000, Path: "src/" + name, Own: true},
			},
		}, {
			Subject: "total-blocks", Outcome: Kept, Text: "total-blocks 12 of 50,000, 0.02%", ValueText: "12", MostText: "50,000",
		}},
		Findings: []string{"grows without end: " + name},
	}
}

func write(t *testing.T, form func(io.Writer, []Check) error, checks ...Check) string {
	t.Helper()
	var b strings.Builder
	if err := form(&b, checks); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGitHubGetsACommandForEachLimitThatIsNotKept(t *testing.T) {
	doubtful := Check{Name: "sampled", Outcome: Doubtful, Limits: []Limit{{Subject: "peak-bytes", Outcome: Doubtful, Text: "may exceed", Title: "peak-bytes"}}}
	broken := Check{Name: "prog", Outcome: Broken, Failure: "prog exited with status 1"}
	got := write(t, GitHub, exceeded("load_index"), doubtful, broken)
	want := "::error file=src/load_index,line=88,title=load_index%3A peak-bytes exceeded by 24%25::peak-bytes 12.4 MiB exceeds 10 MiB by 24%25: 6.1 MiB of it by load_index  index.rs:88\n" +
		"::warning title=sampled%3A peak-bytes::may exceed\n" +
		"::error title=prog::prog exited with status 1\n"
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// TestGitHubReadsTheNamesThatWereWritten reads commands as GitHub's runner does: a line each,
// the first "::" after the start ends the properties, which commas separate.
func TestGitHubReadsTheNamesThatWereWritten(t *testing.T) {
	got := write(t, GitHub, exceeded(hostile))
	line, rest, _ := strings.Cut(got, "\n")
	if rest != "" || strings.Contains(line, "\r") {
		t.Fatalf("more than a line: %q", got)
	}
	properties, text, _ := strings.Cut(strings.TrimPrefix(line, "::error "), "::")
	unescape := strings.NewReplacer("%25", "%", "%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",")
	all := strings.Split(properties, ",")
	if len(all) != 3 || unescape.Replace(all[0]) != "file=src/"+hostile || all[1] != "line=88" || unescape.Replace(all[2]) != "title="+hostile+": peak-bytes exceeded by 24%" {
		t.Errorf("properties: %q", all)
	}
	if want := exceeded(hostile).Limits[0].Text; unescape.Replace(text) != want {
		t.Errorf("text: %q, want %q", unescape.Replace(text), want)
	}
}

func TestJUnitHasACaseForEachLimit(t *testing.T) {
	for _, name := range []string{"load_index", hostile} {
		unknown := Check{Name: "other", Outcome: Unknown, Limits: []Limit{{Budget: "b", Subject: "lost-bytes", Outcome: Unknown, Text: "cannot be judged", Increase: true}}}
		var all testSuites
		if err := xml.Unmarshal([]byte(write(t, JUnit, exceeded(name), unknown, Check{Name: "prog", Outcome: Broken, Failure: "it failed"}, Check{Name: "free", Outcome: Kept})), &all); err != nil {
			t.Fatal(err)
		}
		if all.Tests != 5 || all.Failures != 1 || all.Errors != 2 || len(all.Suites) != 4 {
			t.Errorf("%d tests, %d failures, %d errors", all.Tests, all.Failures, all.Errors)
		}
		first := all.Suites[0]
		if name == hostile {
			if !strings.HasPrefix(first.Name, "group.f<a|b>`@user`::error") || len(first.Cases) != 2 || !strings.Contains(first.Cases[0].Failure.Text, "]]>&amp;") {
				t.Errorf("hostile: %+v", first)
			}
			continue
		}
		want := []testCase{
			{Name: "peak-bytes@load_index", Class: "group.load_index", File: "src/load_index", Time: "1.500", Failure: &result{
				exceeded(name).Limits[0].Text, "exceeded",
				exceeded(name).Limits[0].Text + "\n/rustc/vec.rs:5: vec: 7000000\nload_index:88: load_index: 6000000\n/tmp/load_index\n",
			}},
			{Name: "total-blocks", Class: "group.load_index", Time: "0.000", Out: "total-blocks 12 of 50,000, 0.02%"},
		}
		if !reflect.DeepEqual(first.Cases, want) {
			t.Errorf("%+v", first.Cases)
		}
		if c := all.Suites[1].Cases[0]; c.Name != "b: lost-bytes increase" || c.Error == nil {
			t.Errorf("%+v", c)
		}
		if c := all.Suites[2].Cases; len(c) != 1 || c[0].Error.Message != "it failed" {
			t.Errorf("%+v", c)
		}
	}
}

func TestMarkdownHasTheVerdictATableAndWhatIsWrong(t *testing.T) {
	kept := Check{Name: "other", Outcome: Kept, Limits: []Limit{{Budget: "small", Subject: "peak-bytes", Increase: true, Outcome: Kept, ValueText: "1 KiB", MostText: "2%", BeforeText: "1 KiB"}}}
	got := write(t, Markdown, exceeded("load_index"), kept)
	want := "**Heap budget: 1 of 3 limits exceeded**\n\n" +
		"| program | limit | before | value | allowed |  |\n" +
		"| :--- | :--- | ---: | ---: | ---: | :--- |\n" +
		"| `group load_index` | `peak-bytes@load_index` |  | 12.4 MiB | 10 MiB | **exceeded** |\n" +
		"| `group load_index` | `total-blocks` |  | 12 | 50,000 | kept |\n" +
		"| `other` | `small` `peak-bytes` | 1 KiB | 1 KiB | 2% | kept |\n" +
		"\n`group load_index`\n\n- `peak-bytes 12.4 MiB exceeds 10 MiB by 24%: 6.1 MiB of it by load_index  index.rs:88`\n" +
		"\nFindings `group load_index`\n\n- `grows without end: load_index`\n"
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if got := write(t, Markdown, kept); !strings.HasPrefix(got, "**Heap budget: the limit is kept**\n\n| limit | before |") {
		t.Errorf("%s", got)
	}
}

// TestNamesAreCodeInMarkdown looks that a hostile name stays on its line, that in a table it ends no
// cell, and that all of it is between fences that it has not.
func TestNamesAreCodeInMarkdown(t *testing.T) {
	got := write(t, Markdown, exceeded(hostile))
	for line := range strings.Lines(strings.TrimSuffix(got, "\n")) {
		if !strings.Contains(line, "user") {
			continue
		}
		before, _, _ := strings.Cut(line, "@user")
		if !strings.Contains(before, "``") || strings.Count(line, "``") != 2 {
			t.Errorf("no code: %s", line)
		}
		if strings.HasPrefix(line, "|") && strings.Count(strings.ReplaceAll(line, `\|`, ""), "|") != 6-1 {
			t.Errorf("other cells: %s", line)
		}
	}
	if strings.Contains(got, "\r") || strings.Contains(got, "\n::") || strings.Contains(got, "\x1b") {
		t.Errorf("%q", got)
	}
}

func TestJSONHasTheNumbers(t *testing.T) {
	got := write(t, JSON, exceeded(hostile), Check{Name: "b", Outcome: Kept})
	var back struct {
		Outcome Outcome
		Checks  []struct {
			Check
			Findings []string
		}
	}
	if err := json.Unmarshal([]byte(got), &back); err != nil {
		t.Fatal(err)
	}
	if x := back.Checks[0].Limits[0]; back.Outcome != Exceeded || x.Value != 13000000 || x.Subject != "peak-bytes@"+hostile || x.Sites[1].Function != hostile {
		t.Errorf("%+v", back)
	}
	if strings.Contains(got, "null") {
		t.Errorf("null instead of an empty array: %s", got)
	}
	if got := write(t, JSON); !strings.Contains(got, `"checks": []`) || !strings.Contains(got, `"outcome": "kept"`) {
		t.Errorf("of no checks: %s", got)
	}
}
