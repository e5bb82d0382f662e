//! The order in which submissions are vetted.
//!
//! Small components go first: one takes a fraction of a second, one with a language engine inside half a
//! minute. Among them the organisations alternate, so that one which sends fifty versions does not delay
//! others. A large component counts as small after [`AGING_MS`], so that it is never delayed for ever; only one
//! of them is vetted at a time, so that small ones always find a permit.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aim_gov::clock::Timestamp;
use aim_runtime::{SMALL_COMPONENT_BYTES_MAX, compilations_max};
use tokio::sync::Notify;

use crate::domain::SubmissionId;
use crate::domain::waiting::Waiting;

/// How long a large component waits until it counts as a small one: a minute.
pub const AGING_MS: i64 = 60 * 1000;

fn is_large(waiting: &Waiting) -> bool {
    waiting.bytes > u64::try_from(SMALL_COMPONENT_BYTES_MAX).unwrap_or(u64::MAX)
}

/// The submission with the smallest rank is next.
fn rank<'a>(
    waiting: &'a Waiting,
    running: &[Waiting],
    now: Timestamp,
) -> (bool, bool, Timestamp, Timestamp, &'a str) {
    let is_young = now < waiting.since.plus_ms(AGING_MS);
    let being_served = running
        .iter()
        .any(|other| other.organisation == waiting.organisation);
    let served = if being_served { now } else { waiting.served };
    (
        waiting.after > now,
        is_large(waiting) && is_young,
        // Since when the organisation has waited. A new one does not go before one that has waited for longer.
        served.max(waiting.since),
        served,
        &waiting.id.0,
    )
}

/// The submissions of `waiting` that are not in `running`, in the order in which they will be vetted if no
/// others arrive.
pub fn in_order<'a>(waiting: &'a [Waiting], running: &[Waiting], now: Timestamp) -> Vec<&'a Waiting> {
    let mut ready: Vec<_> = waiting
        .iter()
        .filter(|one| running.iter().all(|other| other.id != one.id))
        .collect();
    ready.sort_by(|one, other| rank(one, running, now).cmp(&rank(other, running, now)));
    ready
}

/// The submission to begin with now, in addition to those that are being vetted.
fn next<'a>(
    waiting: &'a [Waiting],
    running: &[Waiting],
    now: Timestamp,
    at_once_max: usize,
) -> Option<&'a Waiting> {
    // A submission that may have taken the platform down is vetted alone, so that no other is blamed for it.
    if running.len() >= at_once_max || running.iter().any(|other| other.crashes > 0) {
        return None;
    }
    let large_runs = running.iter().any(is_large);
    let next = in_order(waiting, running, now).into_iter().find(|one| {
        one.after <= now
            && !(large_runs && is_large(one))
            // The second one will find the code that the first one compiles.
            && running.iter().all(|other| other.digest != one.digest)
    })?;
    (next.crashes == 0 || running.is_empty()).then_some(next)
}

/// The running vettings, and the notification of the job that begins them.
#[derive(Debug)]
pub struct Vettings {
    running: Mutex<Vec<Waiting>>,
    told: Notify,
    at_once_max: usize,
}

impl Default for Vettings {
    fn default() -> Self {
        Self {
            running: Mutex::default(),
            told: Notify::new(),
            at_once_max: compilations_max(),
        }
    }
}

impl Vettings {
    fn running(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notifies the job that a submission may be waiting.
    pub fn tell(&self) {
        self.told.notify_one();
    }

    pub(super) async fn told(&self) {
        self.told.notified().await;
    }

    /// Begins the next vetting, if one can begin now.
    pub(super) fn begin(self: &Arc<Self>, waiting: &[Waiting], now: Timestamp) -> Option<Begun> {
        let mut running = self.running();
        let next = next(waiting, &running, now, self.at_once_max)?.clone();
        running.push(next.clone());
        Some(Begun {
            vettings: self.clone(),
            submission: next,
        })
    }

    pub(super) fn under_way(&self) -> Vec<SubmissionId> {
        self.running().iter().map(|one| one.id.clone()).collect()
    }

    /// The number of submissions that are vetted before this one; `None` if it does not wait.
    pub(crate) fn ahead_of(&self, id: &SubmissionId, waiting: &[Waiting], now: Timestamp) -> Option<usize> {
        let running = self.running();
        in_order(waiting, &running, now)
            .into_iter()
            .position(|one| one.id == *id)
    }
}

/// A running vetting, until it is dropped.
#[derive(Debug)]
pub(super) struct Begun {
    vettings: Arc<Vettings>,
    submission: Waiting,
}

impl Begun {
    pub(super) fn submission(&self) -> &Waiting {
        &self.submission
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.vettings.running().retain(|one| one.id != self.submission.id);
        self.vettings.tell();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::OrganisationId;

    const SMALL: u64 = 10_000;
    const LARGE: u64 = 18_000_000;
    const NOW: Timestamp = Timestamp(1_000_000);

    /// Arrived `ago_ms` ago, from an organisation without an earlier vetting.
    fn waiting(id: &str, organisation: &str, bytes: u64, ago_ms: i64) -> Waiting {
        Waiting {
            id: SubmissionId(id.to_owned()),
            organisation: OrganisationId(organisation.to_owned()),
            digest: format!("sha256:{id}"),
            bytes,
            crashes: 0,
            since: NOW.plus_ms(-ago_ms),
            after: Timestamp(0),
            served: Timestamp(0),
        }
    }

    fn order(waiting: &[Waiting]) -> Vec<&str> {
        in_order(waiting, &[], NOW)
            .into_iter()
            .map(|one| one.id.0.as_str())
            .collect()
    }

    fn begins<'a>(waiting: &'a [Waiting], running: &[Waiting]) -> Option<&'a str> {
        next(waiting, running, NOW, 2).map(|one| one.id.0.as_str())
    }

    #[test]
    fn small_component_goes_before_a_large_one_that_came_earlier() {
        let all = [
            waiting("large", "a", LARGE, 50_000),
            waiting("small", "b", SMALL, 1),
        ];
        assert_eq!(order(&all), ["small", "large"]);
        assert_eq!(begins(&all, &[]), Some("small"));
    }

    #[test]
    fn large_component_is_not_passed_over_for_ever() {
        let mut all = vec![waiting("large", "a", LARGE, AGING_MS)];
        all.extend((0..100).map(|n| waiting(&format!("small-{n}"), &format!("new-{n}"), SMALL, 100 - n)));
        assert_eq!(order(&all)[0], "large");
    }

    #[test]
    fn small_component_is_vetted_beside_a_large_one_and_a_large_one_is_not() {
        let running = [waiting("large", "a", LARGE, 100)];
        let all = [
            waiting("other-large", "b", LARGE, 2 * AGING_MS),
            waiting("small", "c", SMALL, 1),
        ];
        assert_eq!(begins(&all, &running), Some("small"));
        assert_eq!(begins(&all[..1], &running), None);
        assert_eq!(begins(&all[..1], &[]), Some("other-large"));
        let both = [running[0].clone(), waiting("one", "d", SMALL, 1)];
        assert_eq!(begins(&all, &both), None, "two at once");
    }

    #[test]
    fn organisation_with_many_versions_does_not_delay_others() {
        let mut all: Vec<_> = (0..50)
            .map(|n| waiting(&format!("flood-{n:02}"), "a", SMALL, 1_000))
            .collect();
        all.push(waiting("other", "b", SMALL, 500));
        assert_eq!(begins(&all, &[]), Some("flood-00"));
        let running = [all.remove(0)];
        assert_eq!(begins(&all, &running), Some("other"));
        // Afterwards by the time of each organisation's last vetting.
        for one in &mut all {
            one.served = NOW.plus_ms(if one.organisation.0 == "a" { -100 } else { -50 });
        }
        all.push(waiting("third", "c", SMALL, 10));
        assert_eq!(order(&all)[0], "flood-01");
        assert_eq!(order(&all).last(), Some(&"third"));
    }

    #[test]
    fn submission_that_may_have_taken_the_platform_down_is_vetted_alone() {
        let mut suspect = waiting("suspect", "a", SMALL, 100);
        suspect.crashes = 1;
        let other = waiting("other", "b", SMALL, 1);
        let all = [suspect.clone(), other.clone()];
        assert_eq!(begins(&all, &[]), Some("suspect"));
        assert_eq!(begins(&all, &[waiting("running", "c", SMALL, 1)]), None);
        assert_eq!(begins(&[other], &[suspect]), None);
    }

    #[test]
    fn same_component_waits_for_the_code_of_the_one_under_way() {
        let running = [waiting("first", "a", SMALL, 2)];
        let mut twin = waiting("twin", "b", SMALL, 1);
        twin.digest.clone_from(&running[0].digest);
        let all = [twin, waiting("other", "c", SMALL, 1)];
        assert_eq!(begins(&all[..1], &running), None);
        assert_eq!(begins(&all, &running), Some("other"));
        assert_eq!(begins(&all, &[]), Some("other"));
        assert_eq!(begins(&all[..1], &[]), Some("twin"));
    }

    #[test]
    fn submission_whose_time_has_not_come_is_last() {
        let mut later = waiting("later", "a", SMALL, 100);
        later.after = NOW.plus_ms(1);
        let all = [later, waiting("large", "b", LARGE, 1)];
        assert_eq!(order(&all), ["large", "later"]);
        assert_eq!(begins(&all[..1], &[]), None);
    }

    #[test]
    fn place_in_the_queue_counts_those_ahead() {
        let vettings = Arc::new(Vettings::default());
        let all = [
            waiting("first", "a", SMALL, 3),
            waiting("second", "b", SMALL, 2),
            waiting("large", "c", LARGE, 5),
        ];
        let ahead = |id: &str| vettings.ahead_of(&SubmissionId(id.to_owned()), &all, NOW);
        assert_eq!(
            [ahead("first"), ahead("second"), ahead("large")],
            [Some(0), Some(1), Some(2)]
        );
        let begun = vettings.begin(&all, NOW).unwrap();
        assert_eq!(begun.submission().id.0, "first");
        assert_eq!([ahead("first"), ahead("second")], [None, Some(0)]);
        drop(begun);
        assert_eq!(ahead("first"), Some(0));
    }
}
