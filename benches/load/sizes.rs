//! Look-ups by the size of the store.

use super::{
    Result,
    cases::Case,
    database::Engine,
    measure::Sample,
    settings::Settings,
    stage::{Filling, Stage},
    variant::Variant,
};

/// On how many connections tokens are looked up.
pub const CONNECTIONS: [u32; 2] = [1, 64];

/// The live tokens and their spare are part of the smallest store, so they must be few.
const STOCK: usize = 5000;

/// How often tokens are looked up in each round: a stock so small is soon used up.
const REPEATS: u32 = 3;

/// What was found at one size.
#[derive(Debug)]
pub struct Size {
    /// The engine.
    pub database: String,
    /// What the store held.
    pub filling: Filling,
    /// What the looks took.
    pub looks: Vec<Look>,
}

/// Looks at tokens never seen, in a store of this size and just before in the smallest one.
#[derive(Debug, Clone)]
pub struct Look {
    /// How many connections asked at once.
    pub connections: u32,
    /// In the smallest store.
    pub beside: Sample,
    /// In this one.
    pub sample: Sample,
}

/// Lets a store of this engine grow, and looks tokens up at each size, beside a store that stays
/// small: an hour passes between the sizes, in which the machine may turn slower.
pub async fn measure(engine: Engine, settings: &Settings) -> Result<Vec<Size>> {
    let mut sizes = settings.sizes().into_iter();
    let Some(smallest) = sizes.next() else { return Ok(Vec::new()) };
    let mut small = Stage::set(engine, STOCK).await?;
    let database = small.database.name.clone();
    let filling = small.fill(smallest).await?;
    let looks = look(&mut small, None, settings).await?;
    let mut found = vec![Size { database: database.clone(), filling, looks }];

    let mut growing = Stage::set(engine, STOCK).await?;
    for rows in sizes {
        let filling = growing.fill(rows).await?;
        let looks = look(&mut small, Some(&mut growing), settings).await?;
        found.push(Size { database: database.clone(), filling, looks });
    }
    Ok(found)
}

/// Looks tokens up in both stores in turn; in the small one alone, if there is no other.
async fn look(
    small: &mut Stage,
    mut growing: Option<&mut Stage>,
    settings: &Settings,
) -> Result<Vec<Look>> {
    let mut looks = Vec::new();
    for _ in 0..REPEATS * settings.rounds() {
        for connections in CONNECTIONS {
            let beside = look_once(small, connections, settings).await?;
            let sample = match &mut growing {
                Some(growing) => look_once(growing, connections, settings).await?,
                None => beside.clone(),
            };
            looks.push(Look { connections, beside, sample });
        }
    }
    Ok(looks)
}

/// Looks tokens up on a server that has seen none of them, and is alone on the machine.
async fn look_once(stage: &mut Stage, connections: u32, settings: &Settings) -> Result<Sample> {
    stage.start(Variant::Plain, &[]).await?;
    let sample = stage.run(Case::Uncached, connections, settings.duration()).await?;
    stage.stop()?;
    Ok(sample)
}
