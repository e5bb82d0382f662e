//! What organisations do with their spaces.

use aim_gov::db::Db;
use aim_gov::persona_state::{PersonaState, Standing};
use aim_gov::remote::to_the_end;
use aim_runtime::LoggedCall;
use aim_runtime::faults::FaultPlan;
use async_trait::async_trait;

use super::SpaceHost;
use super::files::Files;
use super::{people, versions};
use crate::domain::OrganisationId;
use crate::domain::fixture::Fixture;
use crate::domain::space::{ClockChange, Snapshot, Space, SpaceName};
use crate::spaces::{Access, Control, SpaceError, View, named};
use crate::store;
use crate::store::space::Created;

impl SpaceHost {
    async fn own(&self, organisation: &OrganisationId, name: &str) -> Result<Space, SpaceError> {
        let mut reader = self.0.app.platform.db.reader().await?;
        store::space::get(&mut reader, &named(name)?)
            .await?
            .filter(|space| space.organisation == *organisation)
            .ok_or(SpaceError::NotFound)
    }

    async fn snapshot_of(&self, space: &Space, name: &str) -> Result<Snapshot, SpaceError> {
        let mut reader = self.0.app.platform.db.reader().await?;
        let all = store::space::snapshots(&mut reader, &space.name).await?;
        all.into_iter()
            .find(|snapshot| snapshot.name.0 == name)
            .ok_or(SpaceError::NoSnapshot)
    }

    /// Puts `next` in the place of `space`. Its database is `from`, or an empty one.
    async fn replace(
        &self,
        space: &Space,
        next: Space,
        from: Option<&std::path::Path>,
    ) -> Result<Space, SpaceError> {
        let database = self.0.files.database(&next);
        self.0.files.make(&next)?;
        // Of an attempt that was cut off.
        Files::remove(&database)?;
        if let Some(from) = from {
            Db::copy(from, &database).await?;
        }
        let mut tx = self.0.app.platform.db.begin_if_room().await?;
        if !store::space::save(&mut tx, space, &next).await? {
            return Err(SpaceError::Moved);
        }
        tx.commit().await?;
        self.close(&space.name).await;
        Files::remove(&self.0.files.database(space))?;
        Ok(next)
    }
}

// What changes a space runs to its end (`to_the_end`): the server drops the handler of a client that disconnects, which could
// leave a clock standing on its way, or files without their space.
#[async_trait]
impl Control for SpaceHost {
    async fn list(&self, organisation: &OrganisationId) -> Result<Vec<Space>, SpaceError> {
        let mut reader = self.0.app.platform.db.reader().await?;
        Ok(store::space::of_organisation(&mut reader, organisation).await?)
    }

    async fn create(&self, organisation: &OrganisationId, name: &str) -> Result<Space, SpaceError> {
        let name = SpaceName::parse(name).ok_or(SpaceError::Name)?;
        let now = self.0.app.platform.clock.now();
        let space = Space::new(name, organisation.clone(), now);
        let mut tx = self.0.app.platform.db.begin_if_room().await?;
        match store::space::insert(&mut tx, &space).await? {
            Created::Yes => {}
            Created::TooMany => return Err(SpaceError::TooMany),
            Created::NameTaken => return Err(SpaceError::NameTaken),
        }
        tx.commit().await?;
        tracing::info!(space = %space.name, "space.created");
        Ok(space)
    }

    async fn view(&self, organisation: &OrganisationId, name: &str) -> Result<View, SpaceError> {
        let space = self.own(organisation, name).await?;
        let mut reader = self.0.app.platform.db.reader().await?;
        Ok(View {
            shows: space.clock.shown_at(self.0.app.platform.clock.now()),
            services: versions::all(&mut reader, organisation).await?,
            snapshots: store::space::snapshots(&mut reader, &space.name).await?,
            space,
        })
    }

    async fn delete(&self, organisation: &OrganisationId, name: &str) -> Result<(), SpaceError> {
        let (this, organisation, name) = (self.clone(), organisation.clone(), name.to_owned());
        to_the_end(async move {
            let _changing = this.0.changing.lock().await;
            let space = this.own(&organisation, &name).await?;
            let mut tx = this.0.app.platform.db.begin().await?;
            if !store::space::delete(&mut tx, &space).await? {
                return Err(SpaceError::NotFound);
            }
            tx.commit().await?;
            this.close(&space.name).await;
            this.0.files.remove_all(&space)?;
            tracing::info!(space = %space.name, "space.deleted");
            Ok(())
        })
        .await
    }

    async fn reset(&self, organisation: &OrganisationId, name: &str) -> Result<Space, SpaceError> {
        let (this, organisation, name) = (self.clone(), organisation.clone(), name.to_owned());
        to_the_end(async move {
            let _changing = this.0.changing.lock().await;
            let space = this.own(&organisation, &name).await?;
            let next = space.reset(this.0.app.platform.clock.now());
            this.replace(&space, next, None).await
        })
        .await
    }

    async fn set_clock(
        &self,
        organisation: &OrganisationId,
        name: &str,
        change: ClockChange,
    ) -> Result<Space, SpaceError> {
        let (this, organisation, name) = (self.clone(), organisation.clone(), name.to_owned());
        to_the_end(async move {
            let _changing = this.0.changing.lock().await;
            let space = this.own(&organisation, &name).await?;
            this.change_clock(&space, change).await
        })
        .await
    }

    async fn set_faults(
        &self,
        organisation: &OrganisationId,
        name: &str,
        faults: FaultPlan,
    ) -> Result<Space, SpaceError> {
        faults.check()?;
        let _changing = self.0.changing.lock().await;
        let space = self.own(organisation, name).await?;
        let next = Space {
            faults,
            ..space.clone()
        };
        let mut tx = self.0.app.platform.db.begin_if_room().await?;
        if !store::space::save(&mut tx, &space, &next).await? {
            return Err(SpaceError::Moved);
        }
        tx.commit().await?;
        if let Some(room) = self.room_of(&next) {
            room.rehearsal.faults.set(next.faults.clone());
        }
        Ok(next)
    }

    async fn people(&self, organisation: &OrganisationId, name: &str) -> Result<Vec<Standing>, SpaceError> {
        let space = self.own(organisation, name).await?;
        let room = self.room(&space).await?;
        let people = room.apis.standings().await;
        people.map_err(|error| SpaceError::Person { place: 0, error })
    }

    async fn bring(
        &self,
        organisation: &OrganisationId,
        name: &str,
        state: PersonaState,
    ) -> Result<(), SpaceError> {
        let (this, organisation, name) = (self.clone(), organisation.clone(), name.to_owned());
        to_the_end(async move {
            let _changing = this.0.changing.lock().await;
            let space = this.own(&organisation, &name).await?;
            let room = this.room_while_changing(&space).await?;
            people::bring_all(&room, std::slice::from_ref(&state)).await
        })
        .await
    }

    async fn apply(
        &self,
        organisation: &OrganisationId,
        name: &str,
        fixture: Fixture,
    ) -> Result<Space, SpaceError> {
        people::check(&fixture)?;
        let (this, organisation, name) = (self.clone(), organisation.clone(), name.to_owned());
        to_the_end(async move {
            let _changing = this.0.changing.lock().await;
            let space = this.own(&organisation, &name).await?;
            let next = Space {
                faults: fixture.faults.clone(),
                ..space.reset(this.0.app.platform.clock.now())
            };
            let space = this.replace(&space, next, None).await?;
            this.fill(space, &fixture).await
        })
        .await
    }

    async fn calls(&self, organisation: &OrganisationId, name: &str) -> Result<Vec<LoggedCall>, SpaceError> {
        let space = self.own(organisation, name).await?;
        let room = self.room_of(&space);
        Ok(room.map(|room| room.rehearsal.calls.newest()).unwrap_or_default())
    }

    async fn snapshot(
        &self,
        organisation: &OrganisationId,
        name: &str,
        snapshot: &str,
    ) -> Result<Snapshot, SpaceError> {
        let _changing = self.0.changing.lock().await;
        let snapshot_name = SpaceName::parse(snapshot).ok_or(SpaceError::Name)?;
        let space = self.own(organisation, name).await?;
        let platform = &self.0.app.platform;
        platform
            .db
            .reserve()
            .check()
            .map_err(aim_gov::db::DbError::from)?;
        // A space that nobody opened yet has no database to copy.
        self.room_while_changing(&space).await?;
        let now = platform.clock.now();
        let snapshot = Snapshot {
            name: snapshot_name,
            created_at: now,
            began_at: space.began_at,
            stood_at: space.clock.shown_at(now),
        };
        let file = self.0.files.snapshot(&space, &snapshot);
        Files::remove(&file)?;
        Db::copy(&self.0.files.database(&space), &file).await?;
        let mut tx = platform.db.begin_if_room().await?;
        let created = store::space::insert_snapshot(&mut tx, &space, &snapshot).await?;
        match created {
            Created::Yes => tx.commit().await?,
            Created::TooMany | Created::NameTaken => Files::remove(&file)?,
        }
        match created {
            Created::Yes => Ok(snapshot),
            Created::TooMany => Err(SpaceError::TooManySnapshots),
            Created::NameTaken => Err(SpaceError::NameTaken),
        }
    }

    async fn restore(
        &self,
        organisation: &OrganisationId,
        name: &str,
        snapshot: &str,
    ) -> Result<Space, SpaceError> {
        let (this, organisation) = (self.clone(), organisation.clone());
        let (name, snapshot) = (name.to_owned(), snapshot.to_owned());
        to_the_end(async move {
            let _changing = this.0.changing.lock().await;
            let space = this.own(&organisation, &name).await?;
            let snapshot = this.snapshot_of(&space, &snapshot).await?;
            let file = this.0.files.snapshot(&space, &snapshot);
            this.replace(&space, space.restored(&snapshot), Some(&file)).await
        })
        .await
    }

    async fn delete_snapshot(
        &self,
        organisation: &OrganisationId,
        name: &str,
        snapshot: &str,
    ) -> Result<(), SpaceError> {
        let _changing = self.0.changing.lock().await;
        let space = self.own(organisation, name).await?;
        let snapshot = self.snapshot_of(&space, snapshot).await?;
        let mut tx = self.0.app.platform.db.begin().await?;
        store::space::delete_snapshot(&mut tx, &space.name, &snapshot.name).await?;
        tx.commit().await?;
        Ok(Files::remove(&self.0.files.snapshot(&space, &snapshot))?)
    }

    async fn access(
        &self,
        organisation: &OrganisationId,
        name: &str,
        service: Option<&str>,
    ) -> Result<Access, SpaceError> {
        let space = self.own(organisation, name).await?;
        self.access_to(&space, service)
    }
}
