from simulator.chance import Chance


def test_a_name_draws_the_same_on_every_machine_and_python():
    chance = Chance.of(7, "x", "y")
    drawn = (
        chance.id(),
        chance.key(),
        chance.letters(4),
        chance.hex(5),
        round(chance.about(100), 9),
        chance.many(3),
        round(chance.bell(10, 2), 9),
        chance.some(range(100), 3),
        chance.choice("abc"),
        chance.randrange(10**9),
    )
    assert drawn == (
        "f4366648-14f3-4bbf-a318-eb8f7e685afa",
        "ASIA63IRLCA3A4JR2LXK",
        "dP74",
        "49cf1",
        99.085971581,
        1,
        8.543538043,
        [37, 21, 81],
        "b",
        347730248,
    )


def test_other_names_draw_otherwise():
    assert Chance.of(7, "x").id() != Chance.of(7, "y").id() != Chance.of(8, "y").id()


def test_about_and_bell_stay_in_their_bounds():
    chance = Chance.of(1)
    assert all(25 <= chance.about(100) <= 175 for _ in range(1000))
    assert all(4 <= chance.bell(10, 2) <= 16 for _ in range(1000))


def test_many_is_about_its_mean():
    chance = Chance.of(2)
    assert 3.8 < sum(chance.many(4) for _ in range(2000)) / 2000 < 4.2
