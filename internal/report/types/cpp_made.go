package types

import (
	"strings"

	"heapprof/internal/report/names"
)

// hashParts are the blocks of an unordered_map, by the methods that allocate them.
var hashParts = map[string]string{
	"_M_allocate_buckets": "buckets", "_M_rehash": "buckets", "rehash": "buckets", "reserve": "buckets", "_M_insert_unique_node": "buckets", "_M_insert_multi_node": "buckets",
	"_M_allocate_node": "node",
}

func vector(arguments []string, _ string) block {
	if len(arguments) == 0 {
		return block{}
	}
	return block{name: "std::vector<" + names.ShortCPP(arguments[0]) + ">", family: "vector", contents: arguments[0]}
}

// splitBuffer is of what libc++ has beside a vector that grows, and in a deque for what points to
// the blocks. Which of the two does not show in itself.
func splitBuffer(arguments []string, _ string) block {
	if len(arguments) == 0 {
		return block{}
	}
	return allocated(arguments[0])
}

func mapOf(name string) func([]string, string) block {
	return func(arguments []string, _ string) block {
		if len(arguments) < 2 {
			return block{}
		}
		b := block{
			name:     "std::" + name + "<" + names.ShortCPP(arguments[0]) + ", " + names.ShortCPP(arguments[1]) + ">",
			family:   "map",
			contents: "std::pair<" + arguments[0] + " const, " + arguments[1] + ">",
			part:     "node",
		}
		if name == "unordered_map" || name == "unordered_multimap" {
			b.family, b.part = "unordered_map", ""
		}
		return b
	}
}

// hashAlloc is of libstdc++'s class between a hash table and its allocator, whose argument
// is the allocator of the nodes.
func hashAlloc(arguments []string, _ string) block {
	contents, ok := fill("$0.0.0", arguments, func(s string) string { return s })
	if !ok {
		return block{}
	}
	return mapOrSet("unordered_", contents, "")
}

func stringOf(arguments []string, _ string) block {
	if len(arguments) == 0 {
		return block{}
	}
	return block{name: names.ShortCPP("std::basic_string<" + arguments[0] + ">"), family: "string"}
}

// makeUnique is of the objects that a unique_ptr owns, which have no word about it in them.
func makeUnique(arguments []string, _ string) block {
	if len(arguments) == 0 {
		return block{}
	}
	return block{name: names.ShortCPP(arguments[0]), family: "unique_ptr"}
}

// sharedCount is of the counts of a shared_ptr, with the object in the same block or, where the
// first argument is the pointer to it, without.
func sharedCount(arguments []string, _ string) block {
	if len(arguments) > 1 && strings.HasPrefix(arguments[1], "std::allocator<") {
		return block{name: "std::shared_ptr<" + names.ShortCPP(arguments[0]) + ">", family: "shared_ptr", contents: arguments[0]}
	}
	return counts(arguments, "")
}

// counts is of the classes for such counts. The first argument is the pointer.
func counts(arguments []string, _ string) block {
	if len(arguments) == 0 || len(arguments[0]) < 2 || arguments[0][len(arguments[0])-1] != '*' {
		return block{}
	}
	return block{name: "std::shared_ptr<" + names.ShortCPP(arguments[0][:len(arguments[0])-1]) + ">", family: "shared_ptr", part: "counts"}
}

func boostCounts(arguments []string, _ string) block {
	b := counts(arguments, "")
	if !b.isZero() {
		b.name = "boost" + b.name[len("std"):]
		if len(arguments) > 1 && strings.HasPrefix(arguments[1], "boost::detail::sp_ms_deleter<") {
			b.part = "" // make_shared's, which has the object
		}
	}
	return b
}

func functionOf(arguments []string, _ string) block {
	if len(arguments) == 0 {
		return block{}
	}
	return block{name: names.ShortCPP("std::function<" + arguments[0] + ">"), family: "function"}
}

// swissTable is of Abseil's hash tables, whose first argument says which of them it is.
func swissTable(arguments []string, _ string) block {
	if len(arguments) == 0 {
		return block{}
	}
	path := names.CPPPath(arguments[0])
	of := argumentsOf(arguments[0])
	name := map[string]string{"FlatHashMapPolicy": "flat_hash_map", "FlatHashSetPolicy": "flat_hash_set", "NodeHashMapPolicy": "node_hash_map", "NodeHashSetPolicy": "node_hash_set"}[path[len(path)-1].Name]
	if name == "" || len(of) == 0 {
		return block{}
	}
	text := "absl::" + name + "<" + names.ShortCPP(of[0])
	if len(of) > 1 {
		text += ", " + names.ShortCPP(of[1])
	}
	return block{name: text + ">", family: "raw_hash_set", contents: of[0]}
}

func btree(arguments []string, _ string) block {
	if len(arguments) == 0 {
		return block{}
	}
	of := argumentsOf(arguments[0])
	path := names.CPPPath(arguments[0])
	switch {
	case path[len(path)-1].Name == "map_params" && len(of) > 1:
		return block{name: "absl::btree_map<" + names.ShortCPP(of[0]) + ", " + names.ShortCPP(of[1]) + ">", family: "btree", part: "node"}
	case path[len(path)-1].Name == "set_params" && len(of) > 0:
		return block{name: "absl::btree_set<" + names.ShortCPP(of[0]) + ">", family: "btree", part: "node"}
	}
	return block{}
}
