package cmd

import "testing"

func TestThePagesOfHoldersLookAsTheGoldenFiles(t *testing.T) {
	for name, args := range map[string][]string{
		"holders.width80.txt":        {"holders", "dup_text"},
		"holders.shared.width80.txt": {"holders", "cache.c:8"},
		"holders.json":               {"holders", "dup_text", "--format", "json"},
		"holders.csv":                {"holders", "dup_text", "--format", "csv"},
		"holders.of.width80.txt":     {"holders", "--of", "g_index"},
		"holders.type.width80.txt":   {"holders", "--of", "type Node"},
		"holders.site.width80.txt":   {"holders", "--of", "site entry"},
		"holders.of.json":            {"holders", "--of", "entry_new", "--format", "json"},
		"holders.of.csv":             {"holders", "--of", "local_map", "--format", "csv"},
		"holders.of.md":              {"holders", "--of", "type Node", "--format", "markdown"},
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, heldPage(t, args...)) })
	}
}
