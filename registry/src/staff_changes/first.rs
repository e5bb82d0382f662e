//! The first director, whom no director can invite: the operator creates the entry and hands over the link.

use aim_gov::platform::Platform;
use secrecy::SecretString;

use super::{FormError, LINK_MS, StaffChangeError, entry_errors, log, new_link};
use crate::domain::proposal::{Proposal, ProposalKind};
use crate::domain::staff::{Staff, StaffRole};
use crate::domain::staff_event::StaffEvent;
use crate::domain::{ProposalId, StaffId};
use crate::{staff_login, store};

/// The actor in the log of the people page.
const OPERATOR: &str = "aimd";

/// Adds a director who can log in after choosing password and second factor with the one-time link; returns its
/// secret. Refused as soon as any director can log in. A lost link is replaced in the same way.
pub async fn first_director(
    platform: &Platform,
    name: &str,
    email: &str,
) -> Result<SecretString, StaffChangeError> {
    let (name, email) = (name.trim().to_owned(), email.trim().to_lowercase());
    let wrong = entry_errors(&name, &email);
    if !wrong.is_empty() {
        return Err(StaffChangeError::Form(wrong));
    }
    // An unknown password, until the person chooses one.
    let password = staff_login::hash_with(&platform.random, new_link(&platform.random).into()).await?;
    let now = platform.clock.now();
    let new = Staff {
        id: StaffId(platform.random.id("stf", now)),
        email,
        name,
        role: StaffRole::Director,
        organisation: None,
        active: true,
    };
    let (link, event) = (new_link(&platform.random), (platform.random.id("sev", now), now));
    let mut tx = platform.db.begin().await?;
    for known in store::staff::all(&mut tx).await? {
        let is_director = known.active && known.role == StaffRole::Director;
        if is_director && store::staff::factor(&mut tx, &known.id).await?.is_some() {
            return Err(StaffChangeError::DirectorThere);
        }
    }
    let known = store::staff::credentials(&mut tx, &new.email).await?;
    let person = match known.map(|known| known.staff) {
        None => {
            store::staff::add(&mut tx, &new, &password).await?;
            new
        }
        Some(known) if known.active && known.role == StaffRole::Director => known,
        Some(_) => return Err(StaffChangeError::Form(vec![FormError::EmailTaken])),
    };
    store::staff_proposal::stop_of_person(&mut tx, &person.id).await?;
    let proposal = Proposal {
        id: ProposalId(platform.random.id("prp", now)),
        created_at: now,
        by: person.id.clone(),
        by_name: person.name.clone(),
        kind: ProposalKind::Reset,
        person: person.id.clone(),
        email: person.email.clone(),
        name: person.name.clone(),
        role: person.role,
        organisation: None,
        active: true,
        // Takes effect at once: nobody else could confirm it.
        due_at: now,
        link_ends_at: Some(now.plus_ms(LINK_MS)),
        accepted_at: None,
    };
    if !store::staff_proposal::insert(&mut tx, &proposal, Some(&link)).await? {
        return Err(StaffChangeError::Waiting);
    }
    log(&mut tx, event, OPERATOR, StaffEvent::Invited, &person).await?;
    tx.commit().await?;
    Ok(link.into())
}
