//! How does an engine written in C run the hub? Three functions over numbers of states; the engine keeps the numbers, and nothing else.
//!
//! A state's number is its place among the states found so far, told apart exactly; 0 is the first one. An engine that stores numbers
//! therefore stores states, and any two engines that store them completely store equally many. Which world it is says the
//! environment: `NETSESSION_WORLD` its name, and with the feature `mutants` `NETSESSION_MUTANT` the mistake its hub makes.
//!
//! One thread at a time gets through; others wait.
// The one `unsafe` of the project's own code: symbols with plain names, so that C finds them. Nobody else has symbols of these names,
// which start with the project's, and no pointer crosses the border in either direction.
#![allow(unsafe_code)]

mod numbered;

use numbered::Numbered;
use std::sync::{LazyLock, Mutex, PoisonError};

static WORLD: LazyLock<Mutex<Numbered>> = LazyLock::new(|| Mutex::new(Numbered::begin()));

fn with<T>(what: impl FnOnce(&mut Numbered) -> T) -> T {
    what(&mut WORLD.lock().unwrap_or_else(PoisonError::into_inner))
}

/// How many steps lead out of a state; none from one that violates something.
///
/// # Panics
/// As [`netsession_violated`].
#[unsafe(no_mangle)]
pub extern "C" fn netsession_steps(state: u32) -> u32 {
    with(|world| world.steps(state).len() as u32)
}

/// The state a step leads to.
///
/// # Panics
/// As [`netsession_violated`], or if there is no such step: the process ends.
#[unsafe(no_mangle)]
pub extern "C" fn netsession_successor(state: u32, step: u32) -> u32 {
    with(|world| world.steps(state)[step as usize])
}

/// The properties a state violates, S1 in the lowest bit; 0: none.
///
/// # Panics
/// If the number is not one of a state, or the environment names no world there is: the process ends.
#[unsafe(no_mangle)]
pub extern "C" fn netsession_violated(state: u32) -> u32 {
    with(|world| world.violated(state))
}
