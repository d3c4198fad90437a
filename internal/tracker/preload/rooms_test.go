package preload

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestRoomsOfTheLibraryHaveNoCircle holds the arrows between the library's rooms: a room is
// a file and its header, and an arrow leads to each room whose header it includes. The
// core does not know the fronts, and nobody knows the start, which knows them all.
func TestRoomsOfTheLibraryHaveNoCircle(t *testing.T) {
	rooms := readRooms(t)
	if circle := findCircle(rooms); circle != nil {
		t.Errorf("rooms that include each other: %s", strings.Join(circle, " → "))
	}
	for name, includes := range rooms {
		for _, to := range includes {
			if strings.HasPrefix(to, "front_") && !strings.HasPrefix(name, "front_") && name != "start" {
				t.Errorf("%s includes the header of a front, %s", name, to)
			}
		}
	}
	if _, err := os.Stat("csrc/start.h"); err == nil {
		t.Error("start.c has a header: nobody is to know it")
	}
}

// TestACircleOfRoomsIsFound is for the search itself.
func TestACircleOfRoomsIsFound(t *testing.T) {
	rooms := map[string][]string{"a": {"b", "e"}, "b": {"c"}, "c": {"d"}, "d": {"b"}, "e": nil}
	if got := strings.Join(findCircle(rooms), " "); got != "b c d b" {
		t.Errorf("found %q, want b c d b", got)
	}
	rooms["d"] = []string{"e"}
	if got := findCircle(rooms); got != nil {
		t.Errorf("found %v, want none", got)
	}
}

// readRooms returns the rooms and the headers of other rooms that each includes.
func readRooms(t *testing.T) map[string][]string {
	t.Helper()
	include := regexp.MustCompile(`(?m)^#include "(.*)\.h"`)
	files, err := filepath.Glob("csrc/*.[ch]")
	if err != nil || len(files) == 0 {
		t.Fatalf("no sources: %v", err)
	}
	rooms := make(map[string][]string)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := room(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)))
		for _, m := range include.FindAllStringSubmatch(string(text), -1) {
			if to := room(m[1]); to != name && !slices.Contains(rooms[name], to) {
				rooms[name] = append(rooms[name], to)
			}
		}
	}
	return rooms
}

// room names the room of a file, which is the file's own but for the processors' headers.
func room(file string) string {
	if strings.HasPrefix(file, "arch_") {
		return "arch"
	}
	return file
}

// findCircle returns a way along the arrows that ends where it begins; nil if there is
// none.
func findCircle(rooms map[string][]string) []string {
	var path []string
	done := make(map[string]bool)
	var walk func(name string) []string
	walk = func(name string) []string {
		if at := slices.Index(path, name); at >= 0 {
			return append(slices.Clone(path[at:]), name)
		}
		if done[name] {
			return nil
		}
		path = append(path, name)
		for _, to := range rooms[name] {
			if circle := walk(to); circle != nil {
				return circle
			}
		}
		path = path[:len(path)-1]
		done[name] = true
		return nil
	}
	names := make([]string, 0, len(rooms))
	for name := range rooms {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if circle := walk(name); circle != nil {
			return circle
		}
	}
	return nil
}
