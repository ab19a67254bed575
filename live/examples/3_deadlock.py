# A deadlock: two locks, taken in two orders. Be the scheduler and find it.
from kevent.figures import PickTheSchedule
from kevent.runtime import Lock, go


def crossed():
    left, right = Lock("left"), Lock("right")

    def take(first, second):
        with first, second:
            pass

    both = [go(take, left, right, name="a"), go(take, right, left, name="b")]
    for one in both:
        one.join()


PickTheSchedule(crossed, title="Who goes on?", max_preemptions=1)
