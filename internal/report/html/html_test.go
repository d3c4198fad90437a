package html

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func TestAModuleStandsAfterWhatItImports(t *testing.T) {
	files := fstest.MapFS{
		"a/main.js": {Data: []byte("import { two } from \"./two.js\";\nimport { one } from \"./one.js\";\ntwo(one);\n")},
		"a/two.js":  {Data: []byte("import { one } from \"./one.js\";\nexport function two() { return one; }\n")},
		"a/one.js":  {Data: []byte("export const one = 1;\n")},
	}
	got, err := bundle(files, "a/main.js")
	if want := "const one = 1;\nfunction two() { return one; }\ntwo(one);\n"; err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

func TestCommentsAndSpacesAreLeftOut(t *testing.T) {
	for _, c := range []struct{ mediatype, text, want string }{
		{"text/javascript", "// why\nfunction one(value) {\n  // more\n\n  return \"// text\" + value; // beside\n}\n", "function one(e){return\"// text\"+e}"},
		{"text/css", "/* of\n two lines */\na { color: red; } /* why */\n", "a{color:red}"},
	} {
		if got, err := small(c.mediatype, c.text); err != nil || got != c.want {
			t.Errorf("got %q, %v; want %q", got, err, c.want)
		}
	}
}

// A script in a page ends at the first of these, whatever stands around it.
func TestNoScriptEndsItsElement(t *testing.T) {
	var page bytes.Buffer
	if _, err := Write(&page, Options{}); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Count(page.String(), "</script"), 2; got != want {
		t.Errorf("the page has %d ends of scripts, want %d", got, want)
	}
	if strings.Contains(page.String(), "<!--") {
		t.Error("the page has <!--, after which a script may not end where it should")
	}
}

func TestModulesThatImportEachOtherAreAnError(t *testing.T) {
	files := fstest.MapFS{"a.js": {Data: []byte("import { b } from \"./b.js\";\n")}, "b.js": {Data: []byte("import { a } from \"./a.js\";\n")}}
	if _, err := bundle(files, "a.js"); err == nil || !strings.Contains(err.Error(), "a.js imports itself") {
		t.Errorf("got %v", err)
	}
}

func TestNoModuleKeepsAnImportOrAnExport(t *testing.T) {
	script, err := bundle(assets, "assets/main.js")
	if err != nil {
		t.Fatal(err)
	}
	if left := regexp.MustCompile(`(?m)^\s*(import|export)\b.*`).FindString(script); left != "" {
		t.Errorf("the page's script has %q: see bundle for how modules are to be written", left)
	}
}

func TestNoTwoModulesDeclareTheSameName(t *testing.T) {
	files, err := fs.Glob(assets, "assets/*.js")
	if err != nil {
		t.Fatal(err)
	}
	declared := map[string]string{}
	outermost := regexp.MustCompile(`(?m)^(?:export )?(?:async )?(?:function|const|let|class) \*?(\w+)`)
	for _, file := range files {
		text, err := fs.ReadFile(assets, file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range outermost.FindAllSubmatch(text, -1) {
			name := string(found[1])
			if other, ok := declared[name]; ok {
				t.Errorf("%s and %s both declare %s at their outermost level, and are to be one module", other, file, name)
			}
			declared[name] = file
		}
	}
}

func TestThePagesCodeIsSmall(t *testing.T) {
	for live, most := range map[bool]int{false: 64200, true: 69000} {
		var page bytes.Buffer
		if _, err := Write(&page, Options{Live: live}); err != nil {
			t.Fatal(err)
		}
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		z.Write(page.Bytes())
		z.Close()
		if packed.Len() > most {
			t.Errorf("the page without data, live %v, has %d bytes by gzip, and is to have %d at most", live, packed.Len(), most)
		}
	}
}

// A page that is a file asks for nothing, whatever its policy says: it has no code to do so.
func TestOnlyALivePageCanAsk(t *testing.T) {
	for live, want := range map[bool]bool{false: false, true: true} {
		var page bytes.Buffer
		policy, err := Write(&page, Options{Live: live})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(page.String(), "fetch("); got != want {
			t.Errorf("live %v: it has the code to ask: %v", live, got)
		}
		if got := strings.Contains(policy, "connect-src 'self'"); got != want || !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("live %v: the policy is %s", live, policy)
		}
		if !strings.Contains(page.String(), `content="`+policy+`"`) {
			t.Errorf("live %v: the policy is not in the page", live)
		}
	}
}

func TestATitleIsNoMarkup(t *testing.T) {
	var page bytes.Buffer
	if _, err := Write(&page, Options{Title: `</title><script>alert(1)</script>{{data}}`, Data: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(page.String(), "<script>alert") || !strings.Contains(page.String(), `id="data">eA==</script>`) {
		t.Error("the title has become markup")
	}
}
