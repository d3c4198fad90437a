package lint

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

// scripts returns all of the project's JavaScript and CSS, as paths from its directory. It reads each file, so
// that go test knows what its result rests on.
func scripts(t *testing.T) []string {
	t.Helper()
	var all []string
	root := testkit.Root(t)
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if path != root && strings.HasPrefix(name, ".") || name == "node_modules" || name == "target" {
				return filepath.SkipDir
			}
			return nil
		}
		switch filepath.Ext(name) {
		case ".js", ".mjs", ".css":
			if _, err := os.ReadFile(path); err != nil {
				return err
			}
			relative, err := filepath.Rel(root, path)
			all = append(all, relative)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// eslint returns the command that looks at files of the project with eslint.config.mjs.
func eslint(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	config, err := filepath.Abs("eslint.config.mjs")
	if err != nil {
		t.Fatal(err)
	}
	cmd := testkit.NodePackage(t, "eslint/bin/eslint.js", append([]string{"--config", config, "--max-warnings", "0"}, args...)...)
	cmd.Dir = testkit.Root(t)
	return cmd
}

func TestJavaScriptAndCSS(t *testing.T) {
	if r := testkit.Run(t, eslint(t, scripts(t)...)); r.Status != 0 {
		t.Errorf("status %d\n%s%s", r.Status, r.Stdout, r.Stderr)
	}
}

// What could make markup or code of a name in a profile, or ask for something from elsewhere, has to be refused in
// each of its forms.
func TestPagesMayNotMakeMarkupOfNames(t *testing.T) {
	refused := []string{
		`element.innerHTML = text;`,
		`element.outerHTML += text;`,
		`element.insertAdjacentHTML("beforeend", text);`,
		`element["innerHTML"] = text;`,
		`document.write(text);`,
		`document.createRange().createContextualFragment(text);`,
		`new DOMParser().parseFromString(text, "text/html");`,
		`eval(text);`,
		`new Function(text)();`,
		`setTimeout("text()", 1);`,
		`element.href = "javascript:text()";`,
		`element.setAttribute("style", text);`,
		`element.style.cssText = text;`,
		`element.setAttribute("onclick", text);`,
		`fetch(text);`,
		`import("./x.js");`,
		`new Image().src = text;`,
	}
	lines := append([]string{`export function f(element, text) {`}, refused...)
	lines = append(lines, `element.textContent = text; element.style.width = "1px"; element.setAttribute("role", "tree");`, `}`)

	cmd := eslint(t, "--format", "json", "--stdin", "--stdin-filename", "internal/report/html/assets/x.js")
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n"))
	r := testkit.Run(t, cmd)
	var files []struct {
		Messages []struct {
			Line    int
			Message string
		}
	}
	if err := json.Unmarshal([]byte(r.Stdout), &files); err != nil || len(files) != 1 {
		t.Fatalf("%v, status %d\n%s%s", err, r.Status, r.Stdout, r.Stderr)
	}
	said := make(map[int]bool)
	for _, m := range files[0].Messages {
		said[m.Line] = true
		if m.Line < 2 || m.Line > 1+len(refused) {
			t.Errorf("%s: %s", lines[m.Line-1], m.Message)
		}
	}
	for i, code := range refused {
		if !said[i+2] {
			t.Errorf("%s is not refused", code)
		}
	}
}
