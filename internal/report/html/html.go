// Package html writes a profile as a page to look at: one file that needs nothing else. The files in assets
// are the page, and page.Build makes its data. It imports nothing of ours.
package html

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"strings"
)

//go:embed assets
var assets embed.FS

// Options are what a page is to have.
type Options struct {
	Title string
	Data  []byte // as package page encodes them

	// Live says that there is more to be asked for below the page's address: it has the code to do so, and may.
	Live bool
}

// Write writes a page, and returns its Content-Security-Policy, which is in it, too.
//
// That allows nothing but the style and the script that are in the page: it loads nothing, sends
// nothing, and whatever a profile's names are, none can become code. A live page may ask the server that it has come from.
func Write(w io.Writer, o Options) (policy string, err error) {
	frame, err := assets.ReadFile("assets/index.html")
	if err != nil {
		return "", err
	}
	parts, main := []string{"style"}, "assets/main.js"
	if o.Live {
		parts, main = append(parts, "live"), "assets/live.js"
	}
	script, err := bundle(assets, main)
	if err != nil {
		return "", err
	}
	// What is within a function gets short names, what is outermost keeps its own.
	script, err = small("text/javascript", "(()=>{"+script+"})()")
	if err != nil {
		return "", err
	}
	style, err := styles(parts)
	if err != nil {
		return "", err
	}
	policy = fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; base-uri 'none'; form-action 'none'", sourceHash(style), sourceHash(script))
	if o.Live {
		policy += "; connect-src 'self'"
	}
	before, after, found := strings.Cut(string(frame), "{{data}}")
	if !found {
		return "", fmt.Errorf("assets/index.html has no place for the data")
	}
	fill := strings.NewReplacer("{{policy}}", policy, "{{title}}", html.EscapeString(o.Title), "{{style}}", style, "{{script}}", script)
	bw := bufio.NewWriter(w)
	fill.WriteString(bw, before)
	e := base64.NewEncoder(base64.StdEncoding, bw)
	if _, err := e.Write(o.Data); err != nil {
		return "", err
	}
	if err := e.Close(); err != nil {
		return "", err
	}
	fill.WriteString(bw, after)
	return policy, bw.Flush()
}

// styles returns the style sheets whose names begin so as one, in the order of their names.
func styles(parts []string) (string, error) {
	files, err := assets.ReadDir("assets")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, part := range parts {
		for _, f := range files {
			if strings.HasPrefix(f.Name(), part) && strings.HasSuffix(f.Name(), ".css") {
				text, err := assets.ReadFile("assets/" + f.Name())
				if err != nil {
					return "", err
				}
				b.Write(text)
			}
		}
	}
	return small("text/css", b.String())
}

// sourceHash returns what allows the text of an element in a Content-Security-Policy.
func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
