"""The tables behind `kevent.figures.go_lines`: a line of kevent, and the line of Go that does the same.

A row is

    function | how the line begins | the outcome of the step that it is about, or nothing | file#declaration number

or, in place of the last, a dash and why that release has no such line. Of what the scenario of a figure plays itself
the second part is how the operation begins. Only names and numbers are here, no text of Go.
"""

AT_1_14 = """
the scenario | receive | | event.go#eventBroadcasterImpl.StartEventWatcher 219
the scenario | handle | | event.go#eventBroadcasterImpl.StartEventWatcher 226
broadcaster.Broadcaster.watch | self.register(watcher) | | mux.go#Broadcaster.Watch 117
broadcaster.Broadcaster.watch_with_prefix | self.register(watcher, | | mux.go#Broadcaster.WatchWithPrefix 139
broadcaster.Broadcaster.register | self._block_queue( | | mux.go#Broadcaster.Watch 117
broadcaster.Broadcaster.register | with self._lock: | | mux.go#Broadcaster.Watch 118
broadcaster.Broadcaster._block_queue | executed.add(1) | | mux.go#Broadcaster.blockQueue 101
broadcaster.Broadcaster._block_queue | self.when_distributed( | | mux.go#Broadcaster.blockQueue 102
broadcaster.Broadcaster._block_queue | function() | | mux.go#Broadcaster.blockQueue 106
broadcaster.Broadcaster._block_queue | executed.done() | | mux.go#Broadcaster.blockQueue 105
broadcaster.Broadcaster._block_queue | executed.wait() | | mux.go#Broadcaster.blockQueue 109
broadcaster.Broadcaster.when_distributed | self._incoming.send( | | mux.go#Broadcaster.blockQueue 102
broadcaster.Broadcaster.action | self._incoming.send( | | mux.go#Broadcaster.Action 189
broadcaster.Broadcaster.action_or_drop | return self._incoming.try_send( | | mux.go#Broadcaster.Action 189
broadcaster.Broadcaster.action_or_drop | return self._incoming.try_send( | refused | - at 1.14 an event waits here in a goroutine of its own; ActionOrDrop came with 1.21
broadcaster.Broadcaster.shutdown | if self.stopped or not self._door.close( | | mux.go#Broadcaster.Shutdown 199
broadcaster.Broadcaster.shutdown | self._incoming.close() | | mux.go#Broadcaster.Shutdown 199
broadcaster.Broadcaster.shutdown | return self._distributing.wait( | | mux.go#Broadcaster.Shutdown 200
broadcaster.Broadcaster._loop | while batch := self._receive(): | | mux.go#Broadcaster.loop 207
broadcaster.Broadcaster._receive | return self._incoming.receive_many( | | mux.go#Broadcaster.loop 207
broadcaster.Broadcaster._loop | self._distribute_around_functions(batch) | | mux.go#Broadcaster.loop 208
broadcaster.Broadcaster._loop | self._distribute(batch) | | mux.go#Broadcaster.loop 212
broadcaster.Broadcaster._loop | self._close_all() | | mux.go#Broadcaster.loop 214
broadcaster.Broadcaster._loop | self._distributing.done() | | mux.go#Broadcaster.loop 215
broadcaster.Broadcaster._distribute_around_functions | item.run() | | mux.go#Broadcaster.loop 209
broadcaster.Broadcaster._distribute_around_functions | self._distribute(events) | | mux.go#Broadcaster.loop 212
broadcaster.Broadcaster._distribute | with self._lock: | | mux.go#Broadcaster.distribute 220
broadcaster.Broadcaster._distribute | self._offer(batch) | | mux.go#Broadcaster.distribute 222
broadcaster.Broadcaster._distribute | self._offer(given) | | mux.go#Broadcaster.distribute 231
broadcaster.Broadcaster._distribute | watcher._insist( | | mux.go#Broadcaster.distribute 231
broadcaster.Broadcaster._offer | watcher._offer(batch) | | mux.go#Broadcaster.distribute 223
broadcaster.Broadcaster._close_all | with self._lock: | | mux.go#Broadcaster.closeAll 177
broadcaster.Broadcaster._close_all | watcher._result.close() | | mux.go#Broadcaster.closeAll 180
broadcaster.Broadcaster._stop_watching | with self._lock | | mux.go#Broadcaster.stopWatching 164
broadcaster.Broadcaster._stop_watching | watcher._result.close() | | mux.go#Broadcaster.stopWatching 172
broadcaster.Watcher.stop | self._stopped.close() | | mux.go#broadcasterWatcher.Stop 257
broadcaster.Watcher.stop | self._broadcaster._stop_watching( | | mux.go#broadcasterWatcher.Stop 258
broadcaster.Watcher._offer | taken = self._result.try_send_many( | | mux.go#Broadcaster.distribute 225
broadcaster.Watcher._offer | taken = self._result.try_send_many( | refused | mux.go#Broadcaster.distribute 227
broadcaster.Watcher._insist | if self._result.try_send(event) or select( | | mux.go#Broadcaster.distribute 233
broadcaster.Watcher._insist | if self._result.try_send(event) or select( | blocked | mux.go#Broadcaster.distribute 232
broadcaster.Watcher._insist | if self._result.try_send(event) or select( | case 1 | mux.go#Broadcaster.distribute 234
event_broadcaster.EventBroadcaster.start_logging | return self.start_event_watcher( | | event.go#eventBroadcasterImpl.StartLogging 207
event_broadcaster.EventBroadcaster.start_recording_to_sink | return self.start_event_watcher( | | event.go#eventBroadcasterImpl.StartRecordingToSink 120
event_broadcaster.EventBroadcaster.start_event_watcher | self._broadcaster.register( | | event.go#eventBroadcasterImpl.StartEventWatcher 216
event_broadcaster.EventBroadcaster._sleep_unless_stopping | self._stopping.receive_ok( | given up | - at 1.14 a shutdown does not reach who waits for a next try; it does since 1.27
handling.Handling._handle_all | for watch_event in self.watcher: | | event.go#eventBroadcasterImpl.StartEventWatcher 219
handling.Handling._handle_all | answer = self._handler( | | event.go#eventBroadcasterImpl.StartEventWatcher 226
recorder.BroadcastRecorder.event | self._generate_event( | | event.go#recorderImpl.Event 267
recorder.BroadcastRecorder.eventf | self._generate_event( | | event.go#recorderImpl.Eventf 271
recorder.BroadcastRecorder.past_eventf | self._generate_event( | | event.go#recorderImpl.PastEventf 275
recorder.BroadcastRecorder.annotated_eventf | self._generate_event( | | event.go#recorderImpl.AnnotatedEventf 279
recorder.BroadcastRecorder._generate_event | self._send_or_drop(event) | | event.go#recorderImpl.generateEvent 259
recorder.BroadcastRecorder._generate_event | self._send_from_a_goroutine(event) | | event.go#recorderImpl.generateEvent 259
recorder.BroadcastRecorder._send_from_a_goroutine | runtime.go( | | event.go#recorderImpl.generateEvent 259
recorder.BroadcastRecorder._send_or_drop | if not self._broadcaster.action_or_drop( | | event.go#recorderImpl.generateEvent 262
recorder.BroadcastRecorder._action | self._broadcaster.action( | | event.go#recorderImpl.generateEvent 262
writing.SinkWriter.__call__ | fate = record_to_sink( | | event.go#eventBroadcasterImpl.StartRecordingToSink 122
writing.record_to_sink | result = correlator.event_correlate( | | event.go#recordToSink 131
writing.record_to_sink | outcome = record_event( | | event.go#recordToSink 140
writing.record_to_sink | if not pause( | | event.go#recordToSink 150
writing.record_event | stored = sink.patch( | | event.go#recordEvent 166
writing.record_event | stored = sink.patch( | given up | event.go#recordToSink 144
writing.record_event | stored = sink.create( | | event.go#recordEvent 172
writing.record_event | stored = sink.create( | given up | event.go#recordToSink 144
writing.record_event | correlator.update_state( | | event.go#recordEvent 176
correlator.EventCorrelator.event_correlate | aggregate_event, key = self.aggregator.event_aggregate( | | events_cache.go#EventCorrelator.EventCorrelate 451
correlator.EventCorrelator.event_correlate | event, patch = self.logger.event_observe( | | events_cache.go#EventCorrelator.EventCorrelate 452
correlator.EventCorrelator.event_correlate | if self.spam_filter.filter( | | events_cache.go#EventCorrelator.EventCorrelate 453
correlator.EventAggregator.event_aggregate | with self._lock: | | events_cache.go#EventAggregator.EventAggregate 241
correlator.EventLogger.event_observe | with self._lock: | | events_cache.go#eventLogger.eventObserve 325
correlator.EventLogger.update_state | with self._lock: | | events_cache.go#eventLogger.updateState 365
correlator.EventSourceObjectSpamFilter.filter | with self._lock: | | events_cache.go#EventSourceObjectSpamFilter.Filter 129
channel.Channel._receive_each | while (received := self.receive_ok()) | | event.go#eventBroadcasterImpl.StartEventWatcher 219
correlator.EventSourceObjectSpamFilter.filter | with self._lock: | filtered | events_cache.go#EventSourceObjectSpamFilter.Filter 142
"""  # noqa: E501  # a table
"""At client-go 11.0.0, of Kubernetes 1.14."""

AT_1_37 = """
the scenario | receive | | event.go#eventBroadcasterImpl.StartEventWatcher 417
the scenario | handle | | event.go#eventBroadcasterImpl.StartEventWatcher 427
broadcaster.Broadcaster.watch | self.register(watcher) | | mux.go#Broadcaster.Watch 143
broadcaster.Broadcaster.watch_with_prefix | self.register(watcher, | | mux.go#Broadcaster.WatchWithPrefix 167
broadcaster.Broadcaster.register | self._block_queue( | | mux.go#Broadcaster.Watch 143
broadcaster.Broadcaster.register | with self._lock: | | mux.go#Broadcaster.Watch 152
broadcaster.Broadcaster._block_queue | executed.add(1) | | mux.go#Broadcaster.blockQueue 126
broadcaster.Broadcaster._block_queue | self.when_distributed( | | mux.go#Broadcaster.blockQueue 127
broadcaster.Broadcaster._block_queue | function() | | mux.go#Broadcaster.blockQueue 131
broadcaster.Broadcaster._block_queue | executed.done() | | mux.go#Broadcaster.blockQueue 130
broadcaster.Broadcaster._block_queue | executed.wait() | | mux.go#Broadcaster.blockQueue 134
broadcaster.Broadcaster.when_distributed | self._incoming.send( | | mux.go#Broadcaster.blockQueue 127
broadcaster.Broadcaster.action | self._incoming.send( | | mux.go#Broadcaster.Action 224
broadcaster.Broadcaster.action_or_drop | return self._incoming.try_send( | | mux.go#Broadcaster.ActionOrDrop 243
broadcaster.Broadcaster.action_or_drop | return self._incoming.try_send( | refused | mux.go#Broadcaster.ActionOrDrop 245
broadcaster.Broadcaster.shutdown | if self.stopped or not self._door.close( | | mux.go#Broadcaster.Shutdown 257
broadcaster.Broadcaster.shutdown | self._incoming.close() | | mux.go#Broadcaster.Shutdown 259
broadcaster.Broadcaster.shutdown | return self._distributing.wait( | | mux.go#Broadcaster.Shutdown 261
broadcaster.Broadcaster._loop | while batch := self._receive(): | | mux.go#Broadcaster.loop 268
broadcaster.Broadcaster._receive | return self._incoming.receive_many( | | mux.go#Broadcaster.loop 268
broadcaster.Broadcaster._loop | self._distribute_around_functions(batch) | | mux.go#Broadcaster.loop 269
broadcaster.Broadcaster._loop | self._distribute(batch) | | mux.go#Broadcaster.loop 273
broadcaster.Broadcaster._loop | self._close_all() | | mux.go#Broadcaster.loop 275
broadcaster.Broadcaster._loop | self._distributing.done() | | mux.go#Broadcaster.loop 276
broadcaster.Broadcaster._distribute_around_functions | item.run() | | mux.go#Broadcaster.loop 270
broadcaster.Broadcaster._distribute_around_functions | self._distribute(events) | | mux.go#Broadcaster.loop 273
broadcaster.Broadcaster._distribute | with self._lock: | | - since 1.20 nobody locks the watchers: who comes and who leaves goes through the queue
broadcaster.Broadcaster._distribute | self._offer(batch) | | mux.go#Broadcaster.distribute 281
broadcaster.Broadcaster._distribute | self._offer(given) | | mux.go#Broadcaster.distribute 290
broadcaster.Broadcaster._distribute | watcher._insist( | | mux.go#Broadcaster.distribute 290
broadcaster.Broadcaster._offer | watcher._offer(batch) | | mux.go#Broadcaster.distribute 282
broadcaster.Broadcaster._close_all | with self._lock: | | - since 1.20 nobody locks the watchers: who comes and who leaves goes through the queue
broadcaster.Broadcaster._close_all | watcher._result.close() | | mux.go#Broadcaster.closeAll 207
broadcaster.Broadcaster._stop_watching | with self._lock | | - since 1.20 nobody locks the watchers: who comes and who leaves goes through the queue
broadcaster.Broadcaster._stop_watching | watcher._result.close() | | mux.go#Broadcaster.stopWatching 200
broadcaster.Watcher.stop | self._stopped.close() | | mux.go#broadcasterWatcher.Stop 317
broadcaster.Watcher.stop | self._broadcaster._stop_watching( | | mux.go#broadcasterWatcher.Stop 318
broadcaster.Watcher._offer | taken = self._result.try_send_many( | | mux.go#Broadcaster.distribute 284
broadcaster.Watcher._offer | taken = self._result.try_send_many( | refused | mux.go#Broadcaster.distribute 286
broadcaster.Watcher._insist | if self._result.try_send(event) or select( | | mux.go#Broadcaster.distribute 292
broadcaster.Watcher._insist | if self._result.try_send(event) or select( | blocked | mux.go#Broadcaster.distribute 291
broadcaster.Watcher._insist | if self._result.try_send(event) or select( | case 1 | mux.go#Broadcaster.distribute 293
event_broadcaster.EventBroadcaster.start_logging | return self.start_event_watcher( | | event.go#eventBroadcasterImpl.StartLogging 381
event_broadcaster.EventBroadcaster.start_recording_to_sink | return self.start_event_watcher( | | event.go#eventBroadcasterImpl.StartRecordingToSink 283
event_broadcaster.EventBroadcaster.start_event_watcher | self._broadcaster.register( | | event.go#eventBroadcasterImpl.StartEventWatcher 402
event_broadcaster.EventBroadcaster._sleep_unless_stopping | self._stopping.receive_ok( | given up | event.go#eventBroadcasterImpl.recordToSink 324
handling.Handling._handle_all | for watch_event in self.watcher: | | event.go#eventBroadcasterImpl.StartEventWatcher 417
handling.Handling._handle_all | answer = self._handler( | | event.go#eventBroadcasterImpl.StartEventWatcher 427
recorder.BroadcastRecorder.event | self._generate_event( | | event.go#recorderImpl.Event 482
recorder.BroadcastRecorder.eventf | self._generate_event( | | event.go#recorderImpl.Eventf 486
recorder.BroadcastRecorder.past_eventf | self._generate_event( | | - PastEventf is gone since 1.18
recorder.BroadcastRecorder.annotated_eventf | self._generate_event( | | event.go#recorderImpl.AnnotatedEventf 490
recorder.BroadcastRecorder._generate_event | self._send_or_drop(event) | | event.go#recorderImpl.generateEvent 471
recorder.BroadcastRecorder._generate_event | self._send_from_a_goroutine(event) | | - since 1.21 no event has a goroutine of its own
recorder.BroadcastRecorder._send_from_a_goroutine | runtime.go( | | - since 1.21 no event has a goroutine of its own
recorder.BroadcastRecorder._send_or_drop | if not self._broadcaster.action_or_drop( | | event.go#recorderImpl.generateEvent 471
recorder.BroadcastRecorder._action | self._broadcaster.action( | | - since 1.21 no event has a goroutine of its own
writing.SinkWriter.__call__ | fate = record_to_sink( | | event.go#eventBroadcasterImpl.StartRecordingToSink 285
writing.record_to_sink | result = correlator.event_correlate( | | event.go#eventBroadcasterImpl.recordToSink 299
writing.record_to_sink | outcome = record_event( | | event.go#eventBroadcasterImpl.recordToSink 308
writing.record_to_sink | if not pause( | | event.go#eventBroadcasterImpl.recordToSink 327
writing.record_event | stored = sink.patch( | | event.go#recordEvent 340
writing.record_event | stored = sink.patch( | given up | event.go#eventBroadcasterImpl.recordToSink 313
writing.record_event | stored = sink.create( | | event.go#recordEvent 346
writing.record_event | stored = sink.create( | given up | event.go#eventBroadcasterImpl.recordToSink 313
writing.record_event | correlator.update_state( | | event.go#recordEvent 350
correlator.EventCorrelator.event_correlate | aggregate_event, key = self.aggregator.event_aggregate( | | events_cache.go#EventCorrelator.EventCorrelate 514
correlator.EventCorrelator.event_correlate | event, patch = self.logger.event_observe( | | events_cache.go#EventCorrelator.EventCorrelate 515
correlator.EventCorrelator.event_correlate | if self.spam_filter.filter( | | events_cache.go#EventCorrelator.EventCorrelate 516
correlator.EventAggregator.event_aggregate | with self._lock: | | events_cache.go#EventAggregator.EventAggregate 251
correlator.EventLogger.event_observe | with self._lock: | | events_cache.go#eventLogger.eventObserve 335
correlator.EventLogger.update_state | with self._lock: | | events_cache.go#eventLogger.updateState 375
correlator.EventSourceObjectSpamFilter.filter | with self._lock: | | events_cache.go#EventSourceObjectSpamFilter.Filter 135
channel.Channel._receive_each | while (received := self.receive_ok()) | | event.go#eventBroadcasterImpl.StartEventWatcher 417
correlator.EventSourceObjectSpamFilter.filter | with self._lock: | filtered | events_cache.go#EventSourceObjectSpamFilter.Filter 146
broadcaster.Broadcaster._stop_watching | if not in_the_loop and self._door.leave( | | mux.go#Broadcaster.stopWatching 193
event_broadcaster.EventBroadcaster.shutdown | distributed = self._broadcaster.shutdown( | | event.go#eventBroadcasterImpl.Shutdown 290
event_broadcaster._close | channel.close() | | event.go#eventBroadcasterImpl.Shutdown 291
handling.Handling._handle_all | if cancelled is not None and cancelled.closed and runtime.choose(2): | | event.go#eventBroadcasterImpl.StartEventWatcher 414
handling.Handling._handle_all | self.watcher.stop() | | event.go#eventBroadcasterImpl.StartEventWatcher 415
broadcaster._OneAtATime.send | self._in_turn( | | mux.go#Broadcaster.Action 224
broadcaster._OneAtATime.close | self._in_turn( | | mux.go#Broadcaster.Shutdown 259
"""  # noqa: E501  # a table
"""At client-go 0.37.2."""

OF_GO = """
waitgroup.WaitGroup.done | self.add(-1) | | waitgroup.go#WaitGroup.Done 99
waitgroup.WaitGroup.add | word = self._state.add( | | waitgroup.go#WaitGroup.Add 64
waitgroup.WaitGroup.add | if self._state.load() != word: | | waitgroup.go#WaitGroup.Add 87
waitgroup.WaitGroup.add | self._state.store(0) | | waitgroup.go#WaitGroup.Add 91
waitgroup.WaitGroup.add | self._semaphore.release( | | waitgroup.go#WaitGroup.Add 93
waitgroup.WaitGroup.wait | word = self._state.load() | | waitgroup.go#WaitGroup.Wait 110
waitgroup.WaitGroup.wait | if self._state.compare_and_swap( | | waitgroup.go#WaitGroup.Wait 122
waitgroup.WaitGroup.wait | if not self._semaphore.acquire( | | waitgroup.go#WaitGroup.Wait 130
waitgroup.WaitGroup.wait | if self._state.load() != 0: | | waitgroup.go#WaitGroup.Wait 131
"""
"""Of Go itself, at 1.11: `kevent.waitgroup` is that of a time, whichever release of client-go runs on it."""
