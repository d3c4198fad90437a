package page

import (
	"math"
	"slices"
)

// byWeight returns what has the weights as indices, the heaviest first, of the same weight the first.
func byWeight(weights []float32) []int32 {
	keys := make([]uint64, len(weights))
	for i, w := range weights {
		keys[i] = uint64(^math.Float32bits(w))<<32 | uint64(i) // floats that are not negative are ordered as their bits
	}
	slices.Sort(keys)
	order := make([]int32, len(keys))
	for i, k := range keys {
		order[i] = int32(uint32(k))
	}
	return order
}

// pruned is a part of a tree: its heaviest nodes. As no node weighs more than its parent does, these are a tree.
type pruned struct {
	nodes []int32 // in the whole tree, each parent before its children, and these together with all that is below them
	near  []int32 // of each node of the whole tree: the nearest that was kept, itself or one outward, as an index into nodes
}

// prune returns the first n of the nodes in an order by weight.
func (t *tree) prune(order []int32, n int) *pruned {
	n = min(n, len(order))
	p := &pruned{nodes: make([]int32, 0, n), near: make([]int32, len(t.nodes))}
	child, sibling := make([]int32, len(t.nodes)), make([]int32, len(t.nodes)) // 0: none
	for i := n - 1; i > 0; i-- {
		node := order[i]
		parent := t.nodes[node].parent
		sibling[node], child[parent] = child[parent], node
	}
	for i := range p.near {
		p.near[i] = -1
	}
	for node := int32(0); ; {
		p.near[node] = int32(len(p.nodes))
		p.nodes = append(p.nodes, node)
		if child[node] != 0 {
			node = child[node]
			continue
		}
		for node != 0 && sibling[node] == 0 {
			node = t.nodes[node].parent
		}
		if node == 0 {
			break
		}
		node = sibling[node]
	}
	for i, near := range p.near {
		if near < 0 {
			p.near[i] = p.near[t.nodes[i].parent]
		}
	}
	return p
}
