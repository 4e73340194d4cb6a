//! How are all states of a world found fast, and without ever taking two for one?
//!
//! A breadth-first search over the same steps that stateright takes ([`crate::next`], [`crate::possible`]), made for this one kind of
//! state:
//!
//! - A state is kept as the numbers of its records (each link, each session, the rest) in dictionaries that compare records whole: 16
//!   bytes, and equal codes mean equal states. The visited set is therefore exact: there is no probability of a missed state.
//! - A step that was taken from a state that differs in nothing the step looks at is not taken again: some ten million transitions come
//!   of a million steps. The others are taken in place in one working state per thread, and taken back by putting the records that
//!   changed back.
//! - Threads look at stretches of a level side by side and only read what is known. What they found is entered side by side too, into
//!   tables by hash, and numbered in the order of the states, so that numbers of states and counterexamples do not depend on how many
//!   threads there are.
//! - Each state knows its origin, so that the way to it is a shortest one. The search stops at the end of the first level with a state
//!   that violates something.
//! - If it is asked for, states that differ only in which of several equal sessions is which are one.
//! - What became of a search is an [`Outcome`], never a `bool`: a search that was cut short cannot be mistaken for a complete one.

mod books;
mod codes;
mod dictionary;
mod index;
mod lead;
mod log;
mod outcome;
mod records;
mod scope;
mod search;
mod steps;
mod store;
mod symmetry;
#[cfg(test)]
mod tests;
mod visited;
mod words;
mod worker;

pub use books::{Books, Code};
pub use codes::Unfit;
pub use outcome::{Options, Outcome, Progress, Why};
pub use search::Search;
