//! A fixed piece of work through the global allocator, and what the program
//! counted of it: for a profile of the program to be held against.

mod alternate;
mod counting;
mod hold;
mod mapped;
mod pieces;

pub use alternate::alternate;
pub use counting::{Counting, Piece, Totals};
pub use hold::hold;
pub use mapped::Mapped;
pub use pieces::{run, run_and_print};
