package wording

import (
	"os"
	"strings"
	"testing"

	"heapprof/internal/report/finding"
)

// docs/FINDINGS.md explains each finding under its code.
func TestEveryFindingHasWordsAndItsPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/FINDINGS.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range finding.HeapCodes() {
		if !strings.Contains(string(page), "\n## `"+string(code)+"`") {
			t.Errorf("docs/FINDINGS.md has no section on %s", code)
		}
		words, ok := WordsOf(code)
		if !ok || words.Title == "" || words.Evidence == nil || words.Mistaken == "" || words.Try == nil {
			t.Errorf("%s has no words: %+v", code, words)
		}
	}
}
