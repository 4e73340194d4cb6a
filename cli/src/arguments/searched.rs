//! How a check searches: whose engine, within which bounds.

use clap::ValueEnum;

/// Whose search it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Searched {
    /// Ours alone
    #[default]
    Fast,
    /// Ours, and stateright's of the same world
    Stateright,
}

/// A number of gigabytes.
pub(super) fn gigabytes(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| "a number of gigabytes above 0, such as 4 or 0.5".to_owned())
}
