//! Does an executor take over what a killed one left, and leave nothing of it behind? (C13)

use crate::lab::{Bench, Death, Deed, Kept, Last, Outcome, live};
use netsession_backends::executor::{Executor, Left};
use netsession_fsm::words::AccessPointId;
use std::error::Error;

/// What becomes of a link after the one that raised it was killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It is lowered.
    Lower,
    /// The next process ends in order.
    End,
    /// Nobody wants it any more.
    Unwanted,
    /// The next one is raising it again, and then lowers it.
    Raise,
}

/// All of it.
const NEXT: [Next; 4] = [Next::Lower, Next::End, Next::Unwanted, Next::Raise];

/// An executor that can be made again and again, over links in one and the same place.
#[derive(Debug, Clone)]
pub struct Ground<M> {
    /// How it is made.
    pub make: M,
    /// Its links; the first is the one that is preferred.
    pub access_points: Vec<AccessPointId>,
}

impl<E, M> Ground<M>
where
    E: Executor + 'static,
    M: Fn() -> Result<E, Box<dyn Error>> + Clone + Send + 'static,
{
    /// A life on this ground that is killed.
    ///
    /// # Errors
    /// If something does not come about before that.
    pub async fn live(&self, deed: Deed<E>, death: Death) -> Result<Last, Box<dyn Error>> {
        live(self.make.clone(), self.access_points.clone(), Left::default(), deed, death).await
    }

    /// The executor of the next process, which takes over; gives where it writes its notes, too.
    ///
    /// # Errors
    /// If it cannot be made, or breaks its contract.
    pub async fn adopt(&self, left: Left) -> Result<(Bench<E>, Kept), Box<dyn Error>> {
        let kept = Kept::default();
        let mut executor = (self.make)()?;
        executor.adopt(left, kept.notebook());
        Ok((Bench::new(executor, self.access_points.iter().copied()).await?, kept))
    }

    /// All links were raised, and the first preferred, as far as the next process knows.
    #[must_use]
    pub fn left(&self, note: Option<String>) -> Left {
        Left { raised: self.access_points.clone(), preferred: self.access_points.first().copied(), note, ..Left::default() }
    }

    /// What comes after a life that was killed, until everything is as it was found before that life; then nothing is noted any more.
    ///
    /// # Errors
    /// If it is not.
    pub async fn ends_as_found(&self, last: Last, next: Next, as_found: &impl AsyncFn() -> Outcome) -> Outcome {
        let left = match next {
            Next::Unwanted => Left { note: last.note, ..Left::default() },
            Next::Lower | Next::End | Next::Raise => self.left(last.note),
        };
        let (mut bench, kept) = self.adopt(left).await?;
        if next == Next::Raise {
            for access_point in &self.access_points {
                bench.up(*access_point).await?;
            }
        }
        if matches!(next, Next::Lower | Next::Raise) {
            for access_point in &self.access_points {
                let op = bench.lower(*access_point);
                bench.done(*access_point, op).await?;
            }
            as_found().await?;
        }
        if next == Next::Unwanted {
            as_found().await?;
        }
        bench.shut_down().await?;
        as_found().await?;
        match kept.note().as_deref() {
            Some("") => Ok(()),
            other => Err(format!("everything is as it was found, and noted is {other:?}").into()),
        }
    }

    /// Kills lives that do something at every note, before and after it is kept, and after every so many turns, until one does all of
    /// it; after each of them everything becomes as it was found, one way after the other. With `first`, each of these lives takes over
    /// from one that did that and was killed.
    ///
    /// # Errors
    /// If it does not, with the death it did not after.
    pub async fn every_death(&self, first: Option<Deed<E>>, deed: Deed<E>, as_found: impl AsyncFn() -> Outcome) -> Outcome {
        let notes = [false, true].map(|kept| (1_usize..).map(move |number| Death::Note { number, kept }));
        let turns = std::iter::successors(Some(1_usize), |turns| Some(turns + 1 + turns / 3)).map(Death::Turns);
        let [before, after] = notes;
        let ways: [Box<dyn Iterator<Item = Death>>; 3] = [Box::new(before), Box::new(after), Box::new(turns)];
        let mut tried = 0;
        for deaths in ways {
            for death in deaths {
                let next = NEXT[tried % NEXT.len()];
                tried += 1;
                let named = |error: Box<dyn Error>| format!("{death:?}, then {next:?}: {error}");
                let left = match first {
                    Some(first) => self.left(self.live(first, Death::Done).await?.note),
                    None => Left::default(),
                };
                let last = live(self.make.clone(), self.access_points.clone(), left, deed, death).await.map_err(named)?;
                let done = last.done;
                self.ends_as_found(last, next, &as_found).await.map_err(named)?;
                if done {
                    break;
                }
            }
        }
        println!("{tried} deaths");
        if tried > 2 * NEXT.len() { Ok(()) } else { Err(format!("only {tried} deaths: the executor writes nothing down").into()) }
    }
}
