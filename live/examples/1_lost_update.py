# A lost update: two goroutines read a number, add one, and write it back.
from kevent.runtime import go
from kevent.simulation import explore
from kevent.waitgroup import AtomicUint64


def race():
    number = AtomicUint64(name="number")

    def add():
        seen = number.load()
        number.store(seen + 1)

    both = [go(add, name="a"), go(add, name="b")]
    for one in both:
        one.join()
    return number.load()


found = explore(race, progress=False)
print(found)
for outcome in found:
    print(f"{found[outcome].count} orders return {outcome.value}")
