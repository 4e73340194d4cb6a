//! Which worlds are meant: names and sets of them.

use crate::error::Failed;
use netsession_model::world::World;
use netsession_model::worlds::SETS;

/// Worlds by name or by set, each once, in the order given; those that every change has to pass if none is named.
pub(crate) fn chosen(names: &[String]) -> Result<Vec<World>, Failed> {
    if names.is_empty() {
        return Ok(World::ci());
    }
    let mut worlds: Vec<World> = Vec::new();
    for name in names {
        let found = match SETS.iter().find(|set| set.name == name) {
            Some(set) => set.worlds(),
            None => vec![named(name)?],
        };
        for world in found {
            if !worlds.iter().any(|known| known.name == world.name) {
                worlds.push(world);
            }
        }
    }
    Ok(worlds)
}

/// One world by name.
pub(crate) fn named(name: &str) -> Result<World, Failed> {
    let all = World::every();
    let known = || all.iter().map(|world| world.name.to_owned()).chain(SETS.iter().map(|set| format!("{} (a set)", set.name)));
    all.iter().find(|world| world.name == name).cloned().ok_or_else(|| Failed::unknown("world", name, known()))
}

/// The same worlds, with a hub that makes a mistake.
#[cfg(feature = "mutants")]
pub(crate) fn mistaken(worlds: Vec<World>, name: Option<&str>) -> Result<Vec<World>, Failed> {
    use netsession::fsm::hub::Mutant;
    let Some(name) = name else { return Ok(worlds) };
    let names = || Mutant::ALL.iter().map(|(mutant, _)| format!("{mutant:?}"));
    let found = Mutant::ALL.iter().map(|(mutant, _)| *mutant).find(|mutant| format!("{mutant:?}") == name);
    let mutant = found.ok_or_else(|| Failed::unknown("mutant", name, names()))?;
    Ok(worlds.into_iter().map(|world| World { mutant: Some(mutant), ..world }).collect())
}
