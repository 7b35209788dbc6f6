//! A sink that loses answers, shows its writes late and creates whatever it is told to, and two runs that crash and
//! read stale state: there is never a second document, and in the end there is exactly one.

use proptest::prelude::*;

use super::*;
use crate::document::Reference;
use crate::money::Money;
use crate::plan::Abilities;
use crate::time::Instant;

const OLD: u8 = 1;
const NEW: u8 = 2;
const LAG_SECS: i64 = 5;

/// Each document as the times from which a content can be seen.
#[derive(Debug, Default)]
struct Sink {
    documents: Vec<Vec<(i64, u8)>>,
}

impl Sink {
    fn push(&mut self, action: EffectAction, visible: i64) {
        match action {
            EffectAction::Create => self.documents.push(vec![(visible, NEW)]),
            EffectAction::Update | EffectAction::Void => {
                let document = self.documents.first_mut();
                document
                    .expect("updates have a document")
                    .push((visible, NEW));
            }
        }
    }

    fn look_up(&self, now: i64) -> LookUp {
        let seen: Vec<u8> = self
            .documents
            .iter()
            .filter_map(|versions| {
                let visible = versions.iter().filter(|(from, _)| *from <= now);
                visible.map(|(_, content)| *content).max()
            })
            .collect();
        match seen.as_slice() {
            [] => LookUp::NotFound,
            [NEW] => LookUp::Same,
            [_] => LookUp::Older,
            [..] => LookUp::Duplicate,
        }
    }
}

#[derive(Debug, Default, Clone)]
struct Run {
    /// What it read, which may be stale by the time it acts on it.
    read: Option<(u64, Effect)>,
}

#[derive(Debug)]
struct World {
    now: i64,
    sink: Sink,
    abilities: Abilities,
    limits: Limits,
    version: u64,
    stored: Effect,
    /// The run that wrote the intent, while it lives.
    owner: Option<usize>,
    runs: [Run; 2],
}

impl World {
    fn new(action: EffectAction, sink: Sink, find: bool) -> Self {
        let value = Money::from_minor(1000, "EUR".parse().unwrap());
        Self {
            now: 1_000_000,
            sink,
            abilities: Abilities {
                find,
                find_lag_ms: u32::try_from(LAG_SECS).unwrap() * 1000,
                ..Abilities::default()
            },
            limits: Limits {
                resends_max: 100,
                ..Limits::default()
            },
            version: 0,
            stored: Effect::planned(Reference("CF-X".to_owned()), action, value),
            owner: None,
            runs: [Run::default(), Run::default()],
        }
    }

    fn instant(&self) -> Instant {
        Instant::from_seconds(self.now).unwrap()
    }

    /// Compare-and-set: a run that read an older version changes nothing.
    fn write(&mut self, version: u64, effect: &Effect, event: &Event) -> bool {
        let next = advance(effect, event, &self.abilities, &self.limits, self.instant()).unwrap();
        if self.version != version {
            return false;
        }
        self.version += 1;
        self.stored = next.effect;
        true
    }

    /// One move of one run; `chance` decides what goes wrong.
    fn turn(&mut self, index: usize, chance: u8) {
        self.now += i64::from(chance % 3);
        if self.owner == Some(index) {
            return self.push(chance);
        }
        let Some((version, effect)) = self.runs[index].read.take() else {
            self.runs[index].read = Some((self.version, self.stored.clone()));
            return;
        };
        match next_step(&effect, &self.abilities, self.instant()) {
            Step::LookUp if chance.is_multiple_of(7) => {
                let event = Event::LookUpFailed {
                    retry_after_ms: None,
                };
                self.write(version, &effect, &event);
            }
            Step::LookUp => {
                let seen = self.sink.look_up(self.now);
                self.write(version, &effect, &Event::LookedUp(seen));
            }
            Step::WriteIntent => {
                if self.write(version, &effect, &Event::IntentWritten) {
                    self.owner = Some(index);
                }
            }
            Step::AwaitOutcome => {
                if self.owner.is_none() {
                    self.write(version, &effect, &Event::ProcessDied);
                }
            }
            Step::WaitUntil(_) | Step::Nothing | Step::Push | Step::RecordCounterfoil(_) => {}
        }
    }

    fn push(&mut self, chance: u8) {
        let applied = !matches!(chance % 8, 0..=2);
        if applied {
            let visible = self.now + i64::from(chance) % (LAG_SECS + 1);
            self.sink.push(self.stored.action, visible);
        }
        self.owner = None;
        let event = match chance % 8 {
            // Dies before the request, or after it: the restart finds out.
            0 | 3 => return,
            1 => Event::Outcome(Outcome::Deferred {
                retry_after_ms: Some(1500),
            }),
            2 | 4 => Event::Outcome(Outcome::Indeterminate),
            5 => Event::ConnectorTrapped,
            _ => Event::Outcome(match self.stored.action {
                EffectAction::Create => Outcome::Created,
                EffectAction::Update | EffectAction::Void => Outcome::Updated,
            }),
        };
        let (version, effect) = (self.version, self.stored.clone());
        assert!(self.write(version, &effect, &event));
    }
}

fn chances() -> impl Strategy<Value = Vec<(bool, u8)>> {
    proptest::collection::vec(any::<(bool, u8)>(), 0..80)
}

/// Plays the mishaps, then lets it come to rest with a sink that behaves.
fn play(world: &mut World, chances: &[(bool, u8)]) -> Result<(), TestCaseError> {
    for &(second, chance) in chances {
        world.turn(usize::from(second), chance);
        prop_assert!(world.sink.documents.len() <= 1, "{world:?}");
    }
    for round in 0..6000 {
        world.turn(round % 2, 23);
        prop_assert!(world.sink.documents.len() <= 1, "{world:?}");
        if !matches!(
            world.stored.state,
            State::Planned | State::Sending | State::Unknown
        ) {
            break;
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_create_ends_with_exactly_one_document(chances in chances()) {
        let mut world = World::new(EffectAction::Create, Sink::default(), true);
        play(&mut world, &chances)?;
        prop_assert_eq!(world.stored.state, State::Confirmed);
        prop_assert_eq!(world.sink.documents.len(), 1);
    }

    #[test]
    fn a_store_restored_from_a_copy_adopts_what_it_forgot(chances in chances()) {
        let sink = Sink { documents: vec![vec![(0, NEW)]] };
        let mut world = World::new(EffectAction::Create, sink, true);
        play(&mut world, &chances)?;
        prop_assert_eq!(world.stored.state, State::Confirmed);
        prop_assert_eq!(&world.sink.documents, &vec![vec![(0, NEW)]]);
    }

    #[test]
    fn an_update_arrives_in_the_end(chances in chances()) {
        let sink = Sink { documents: vec![vec![(0, OLD)]] };
        let mut world = World::new(EffectAction::Update, sink, true);
        play(&mut world, &chances)?;
        prop_assert_eq!(world.stored.state, State::Confirmed);
        let last = world.sink.documents[0].last().map(|(_, content)| *content);
        prop_assert_eq!(last, Some(NEW));
    }

    #[test]
    fn without_a_look_up_it_parks_rather_than_send_twice(chances in chances()) {
        let mut world = World::new(EffectAction::Create, Sink::default(), false);
        play(&mut world, &chances)?;
        match world.stored.state {
            State::Confirmed => prop_assert_eq!(world.sink.documents.len(), 1),
            State::Parked => prop_assert_eq!(world.stored.parked, Some(ParkReason::NoLookUp)),
            other => prop_assert!(false, "{other:?}"),
        }
    }
}
