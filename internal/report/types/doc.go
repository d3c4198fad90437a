// Package types tells what the blocks of a stack are of: Vec<Event>, HashMap<String, f64>,
// Arc<Mutex<Leaf>>. It knows the containers of the languages' libraries by tables, and finds
// their arguments in the names of the functions through which a block was allocated. What is
// not nearly certain it does not tell. It imports the profile, its classified frames and
// package names.
package types
