package types

import "heapprof/internal/report/names"

// cppRules say of classes and functions of libraries which blocks are allocated through
// them. The name is without template arguments and the inline namespaces of the standard library. $0 is
// the first template argument.
//
// A rule without a name is of what only passes on what its callers want.
var cppRules = map[string]cppRule{
	// Allocators, and what stands between them and containers.
	"std::__new_allocator":            ofAllocator,
	"__gnu_cxx::new_allocator":        ofAllocator,
	"__gnu_cxx::__new_allocator":      ofAllocator,
	"__gnu_cxx::malloc_allocator":     ofAllocator,
	"__gnu_cxx::__mt_alloc":           ofAllocator,
	"std::allocator":                  ofAllocator,
	"std::pmr::polymorphic_allocator": ofAllocator,
	"std::allocator_traits":           passedOn(0),
	"__gnu_cxx::__alloc_traits":       passedOn(0),
	"std::__allocate_guarded":         passedOn(0),
	"std::__allocate_at_least":        passedOn(0),
	"std::__allocation_guard":         passedOn(0),
	"std::__libcpp_allocate":          {},
	"std::__libcpp_operator_new":      {},
	"std::__detail::__to_address":     {},

	// Sequences.
	"std::_Vector_base":          {name: "std::vector<$0>", family: "vector", contents: "$0"},
	"std::__vector_base":         {name: "std::vector<$0>", family: "vector", contents: "$0"},
	"std::vector":                {made: vector},
	"std::_Bvector_base":         {name: "std::vector<bool>", family: "vector"},
	"std::__split_buffer":        {made: splitBuffer},
	"std::_Deque_base":           {name: "std::deque<$0>", family: "deque", contents: "$0", parts: map[string]string{"_M_allocate_map": "map", "_M_reallocate_map": "map"}},
	"std::deque":                 {name: "std::deque<$0>", family: "deque", contents: "$0", parts: map[string]string{"_M_reallocate_map": "map"}},
	"std::__deque_base":          {name: "std::deque<$0>", family: "deque", contents: "$0"},
	"std::_List_base":            {name: "std::list<$0>", family: "list", contents: "$0", part: "node"},
	"std::list":                  {name: "std::list<$0>", family: "list", contents: "$0", part: "node"},
	"std::__list_imp":            {name: "std::list<$0>", family: "list", contents: "$0", part: "node"},
	"std::_Fwd_list_base":        {name: "std::forward_list<$0>", family: "forward_list", contents: "$0", part: "node"},
	"std::forward_list":          {name: "std::forward_list<$0>", family: "forward_list", contents: "$0", part: "node"},
	"std::__forward_list_base":   {name: "std::forward_list<$0>", family: "forward_list", contents: "$0", part: "node"},
	"std::valarray":              {name: "std::valarray<$0>", family: "valarray", contents: "$0"},
	"std::__valarray_get_memory": {},

	// Maps and sets.
	"std::_Rb_tree":                   table("", 1, "node", nil),
	"std::map":                        {made: mapOf("map")},
	"std::multimap":                   {made: mapOf("multimap")},
	"std::set":                        {name: "std::set<$0>", family: "map", contents: "$0", part: "node"},
	"std::multiset":                   {name: "std::multiset<$0>", family: "map", contents: "$0", part: "node"},
	"std::__tree":                     table("", 0, "node", nil),
	"std::_Hashtable":                 table("unordered_", 1, "", hashParts),
	"std::__detail::_Hashtable_alloc": {made: hashAlloc, parts: hashParts},
	"std::__detail::_Map_base":        table("unordered_", 1, "", hashParts),
	"std::__detail::_Insert_base":     table("unordered_", 1, "", hashParts),
	"std::__detail::_Insert":          table("unordered_", 1, "", hashParts),
	"std::__detail::_Rehash_base":     table("unordered_", 1, "buckets", nil),
	"std::unordered_map":              {made: mapOf("unordered_map"), parts: hashParts},
	"std::unordered_multimap":         {made: mapOf("unordered_multimap"), parts: hashParts},
	"std::unordered_set":              {name: "std::unordered_set<$0>", family: "unordered_map", contents: "$0", parts: hashParts},
	"std::unordered_multiset":         {name: "std::unordered_multiset<$0>", family: "unordered_map", contents: "$0", parts: hashParts},
	"std::__hash_table":               table("unordered_", 0, "", map[string]string{"__rehash": "buckets", "__do_rehash": "buckets", "rehash": "buckets", "__construct_node": "node", "__emplace_": "node"}),

	// Strings and streams.
	"std::basic_string":            {made: stringOf},
	"std::string":                  {name: "std::string", family: "string"}, // as the mangling abbreviates the older one
	"std::basic_stringbuf":         {made: stringOf},
	"std::basic_ostringstream":     {made: stringOf},
	"std::basic_stringstream":      {made: stringOf},
	"std::basic_istringstream":     {made: stringOf},
	"std::basic_filebuf":           {name: "std::filebuf buffer", family: "filebuf"},
	"std::locale::_Impl":           {name: "std::locale", family: "locale"},
	"std::filesystem::path::_List": {name: "std::filesystem::path", family: "path"},

	// Pointers, functions and what else holds one object.
	"std::make_unique":                              {made: makeUnique},
	"std::make_unique_for_overwrite":                {made: makeUnique},
	"std::make_shared":                              {name: "std::shared_ptr<$0>", family: "shared_ptr", contents: "$0"},
	"std::allocate_shared":                          {name: "std::shared_ptr<$0>", family: "shared_ptr", contents: "$0"},
	"std::__shared_count::__shared_count":           {made: sharedCount},
	"std::_Function_base::_Base_manager":            {name: "std::function", family: "function"},
	"std::function":                                 {made: functionOf},
	"std::__function::__func":                       {name: "std::function<$2>", family: "function", contents: "$2"},
	"std::__function::__value_func":                 {name: "std::function<$0>", family: "function", contents: "$0"},
	"std::any::_Manager_external":                   {name: "$0", family: "any"},
	"std::get_temporary_buffer":                     {name: "$0[]", family: "temporary"},
	"std::_Temporary_buffer":                        {name: "$1[]", family: "temporary"},
	"std::pmr::monotonic_buffer_resource":           {name: "std::pmr::monotonic_buffer_resource chunk", family: "pmr"},
	"std::pmr::unsynchronized_pool_resource":        {name: "std::pmr::unsynchronized_pool_resource chunk", family: "pmr"},
	"std::pmr::synchronized_pool_resource":          {name: "std::pmr::synchronized_pool_resource chunk", family: "pmr"},
	"std::pmr::__pool_resource":                     {name: "std::pmr pool chunk", family: "pmr"},
	"std::pmr::memory_resource":                     {},
	"std::pmr::(anonymous namespace)::newdel_res_t": {},

	// Abseil.
	"absl::container_internal::raw_hash_set":               {made: swissTable},
	"absl::container_internal::Allocate":                   {},
	"absl::container_internal::NodeHashMapPolicy":          {name: "absl::node_hash_map<$0, $1>", family: "raw_hash_set", contents: "std::pair<$0 const, $1>", part: "node"},
	"absl::container_internal::NodeHashSetPolicy":          {name: "absl::node_hash_set<$0>", family: "raw_hash_set", contents: "$0", part: "node"},
	"absl::inlined_vector_internal::MallocAdapter":         {},
	"absl::inlined_vector_internal::AllocationTransaction": {},
	"absl::inlined_vector_internal::Storage":               {name: "absl::InlinedVector<$0, $1>", family: "InlinedVector", contents: "$0"},
	"absl::InlinedVector":                                  {name: "absl::InlinedVector<$0, $1>", family: "InlinedVector", contents: "$0"},
	"absl::container_internal::btree":                      {made: btree},

	// LLVM.
	"llvm::SmallVectorTemplateBase":   {name: "llvm::SmallVector<$0>", family: "SmallVector", contents: "$0"},
	"llvm::SmallVectorTemplateCommon": {name: "llvm::SmallVector<$0>", family: "SmallVector", contents: "$0"},
	"llvm::SmallVectorImpl":           {name: "llvm::SmallVector<$0>", family: "SmallVector", contents: "$0"},
	"llvm::SmallVector":               {name: "llvm::SmallVector<$0>", family: "SmallVector", contents: "$0"},
	"llvm::SmallVectorBase":           {},
	"llvm::DenseMap":                  {name: "llvm::DenseMap<$0, $1>", family: "DenseMap", contents: "$0"},
	"llvm::SmallDenseMap":             {name: "llvm::SmallDenseMap<$0, $1>", family: "DenseMap", contents: "$0"},
	"llvm::StringMapEntry":            {name: "llvm::StringMap<$0>", family: "StringMap", contents: "$0", part: "entry"},
	"llvm::BumpPtrAllocatorImpl":      {name: "llvm::BumpPtrAllocator slab", family: "BumpPtrAllocator"},
	"llvm::allocate_buffer":           {},
	"llvm::safe_malloc":               {},
	"llvm::MallocAllocator":           {},

	// Qt.
	"QArrayData":        {},
	"QTypedArrayData":   {},
	"QArrayDataPointer": {},
	"QListData":         {},
	"QHashData":         {},
	"QMapDataBase":      {},
	"QString":           {name: "QString", family: "Qt"},
	"QByteArray":        {name: "QByteArray", family: "Qt"},
	"QVector":           {name: "QVector<$0>", family: "Qt", contents: "$0"},
	"QList":             {name: "QList<$0>", family: "Qt", contents: "$0"},
	"QHash":             {name: "QHash<$0, $1>", family: "Qt", contents: "$0"},
	"QMap":              {name: "QMap<$0, $1>", family: "Qt", contents: "$0"},
	"QMapData":          {name: "QMap<$0, $1>", family: "Qt", contents: "$0", part: "node"},
	"QMapNode":          {name: "QMap<$0, $1>", family: "Qt", contents: "$0", part: "node"},
	"QHashPrivate::Data": {made: func(arguments []string, _ string) block {
		if len(arguments) == 1 {
			if of := argumentsOf(arguments[0]); len(of) == 2 {
				return block{name: "QHash<" + names.ShortCPP(of[0]) + ", " + names.ShortCPP(of[1]) + ">", family: "Qt"}
			}
		}
		return block{}
	}},

	// Boost and fmt.
	"boost::container::new_allocator":          ofAllocator,
	"boost::container::allocator_traits":       passedOn(0),
	"boost::container::vector_alloc_holder":    {},
	"boost::container::small_vector_allocator": {},
	"boost::container::vector":                 {name: "boost::container::vector<$0>", family: "boost vector", contents: "$0"},
	"boost::container::small_vector":           {name: "boost::container::small_vector<$0>", family: "boost vector", contents: "$0"},
	"boost::circular_buffer":                   {name: "boost::circular_buffer<$0>", family: "circular_buffer", contents: "$0"},
	"boost::make_shared":                       {name: "boost::shared_ptr<$0>", family: "shared_ptr", contents: "$0"},
	"fmt::basic_memory_buffer":                 {name: "fmt::memory_buffer", family: "fmt"},
}

// nodeRules say of types that allocators give memory for, and that are no program's own,
// whose they are.
var nodeRules = map[string]cppRule{
	"std::_Rb_tree_node":             node(""),
	"std::__tree_node":               node(""),
	"std::__detail::_Hash_node":      node("unordered_"),
	"std::__hash_node":               node("unordered_"),
	"std::__detail::_Hash_node_base": {name: "std::unordered_map", family: "unordered_map", part: "buckets", pointer: true},
	"std::__hash_node_base":          {name: "std::unordered_map", family: "unordered_map", part: "buckets", pointer: true},
	"std::_List_node":                {name: "std::list<$0>", family: "list", contents: "$0", part: "node"},
	"std::__list_node":               {name: "std::list<$0>", family: "list", contents: "$0", part: "node"},
	"std::_Fwd_list_node":            {name: "std::forward_list<$0>", family: "forward_list", contents: "$0", part: "node"},
	"std::__forward_list_node":       {name: "std::forward_list<$0>", family: "forward_list", contents: "$0", part: "node"},
	"std::_Sp_counted_ptr_inplace":   {name: "std::shared_ptr<$0>", family: "shared_ptr", contents: "$0"},
	"std::__shared_ptr_emplace":      {name: "std::shared_ptr<$0>", family: "shared_ptr", contents: "$0"},
	"std::_Sp_counted_ptr":           {made: counts},
	"std::_Sp_counted_deleter":       {made: counts},
	"std::__shared_ptr_pointer":      {made: counts},
	"std::__function::__func":        {name: "std::function<$2>", family: "function", contents: "$2"},
	"boost::unordered::detail::ptr_node": {made: func(arguments []string, _ string) block {
		if len(arguments) == 0 {
			return block{}
		}
		b := mapOrSet("unordered_", arguments[0], "node")
		b.name = "boost" + b.name[len("std"):]
		return b
	}},
	"boost::unordered::detail::ptr_bucket": {name: "boost::unordered", family: "unordered_map", part: "buckets"},
	"boost::detail::sp_counted_impl_p":     {name: "boost::shared_ptr<$0>", family: "shared_ptr", contents: "$0", part: "counts"},
	"boost::detail::sp_counted_impl_pd":    {made: boostCounts},
	"std::thread::_State_impl":             {name: "std::thread state", family: "thread"},
}
