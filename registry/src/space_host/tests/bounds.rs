//! How many spaces are open at the same time, and what each kind of pass is good for.

use super::*;
use crate::domain::OrganisationId;
use crate::domain::space::Space;

/// A space of some organisation.
async fn space(stage: &Stage, number: usize) -> Space {
    let organisation = OrganisationId(format!("org_{}", number / SPACES_MAX));
    let name = format!("space-{number}");
    stage.spaces.create(&organisation, &name).await.unwrap()
}

#[tokio::test]
async fn space_that_was_not_used_for_the_longest_time_is_closed_for_one_too_many() {
    let stage = Stage::new().await;
    let spaces = &stage.spaces;
    let mut all = Vec::new();
    for number in 0..=OPEN_MAX {
        all.push(space(&stage, number).await);
    }
    let open = async |space: &Space| {
        stage.app.platform.clock.advance_ms(1);
        let room = spaces.room(space).await.unwrap();
        drop(room.router(stage.app.platform.clock.now()));
    };
    for space in &all[..OPEN_MAX] {
        open(space).await;
    }
    // The first one is used again.
    open(&all[0]).await;
    open(&all[OPEN_MAX]).await;
    let closed: Vec<_> = all
        .iter()
        .filter(|space| spaces.room_of(space).is_none())
        .collect();
    assert_eq!(closed, [&all[1]]);
    assert_eq!(spaces.rooms().len(), OPEN_MAX);
    open(&all[1]).await;
    assert_eq!(spaces.rooms().len(), OPEN_MAX);
}

/// An address that is opened once may be seen by others, in a history or a log.
#[tokio::test]
async fn pass_of_an_address_is_not_one_of_a_program() {
    let (stage, _) = with_service("spring").await;
    let access = stage.spaces.access(&stage.organisation.id, "spring", None);
    let address: url::Url = access.await.unwrap().address.parse().unwrap();
    let (_, pass) = address.query_pairs().find(|(name, _)| name == "pass").unwrap();
    let header = ask(&stage, "water-meter--spring", "/", &[("aim-space", &pass)]).await;
    assert_eq!(header.status.as_u16(), 403);
    let cookie = format!("aim_space={pass}");
    let kept = ask(&stage, "water-meter--spring", "/", &[("cookie", &cookie)]).await;
    assert_eq!(kept.status.as_u16(), 403);
}
