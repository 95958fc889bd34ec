// Refreshes the page, adds the alerts' texts, and draws what was. Whatever comes
// from Prometheus is set as text, never as markup.
(function () {
  'use strict';

  var REFRESH = 15000, REDRAW = 60000; // milliseconds
  var MOST = 20; // relays that are drawn
  var settings = JSON.parse(document.getElementById('settings').textContent);
  var SPAN = settings.hours * 3600, STEP = 60; // seconds
  var WIDTH = SPAN / STEP;

  function now() { return document.getElementById('now'); }

  // --- elements --------------------------------------------------------------

  function fill(element, attributes, children) {
    Object.keys(attributes).forEach(function (name) {
      element.setAttribute(name, attributes[name]);
    });
    children.forEach(function (child) { element.append(child); });
    return element;
  }

  function html(name, attributes, children) {
    return fill(document.createElement(name), attributes, children || []);
  }

  function svg(name, attributes, children) {
    return fill(document.createElementNS('http://www.w3.org/2000/svg', name),
                attributes, children || []);
  }

  function clock(seconds) {
    return new Date(seconds * 1000).toISOString().slice(11, 16);
  }

  // --- Prometheus ------------------------------------------------------------

  function get(path) {
    return fetch(now().dataset.prefix + path).then(function (answer) {
      if (!answer.ok) { throw new Error('HTTP ' + answer.status); }
      return answer;
    });
  }

  function api(path) {
    return get('/api/v1/' + path).then(function (answer) {
      return answer.json();
    }).then(function (answer) { return answer.data; });
  }

  // The matrix of a query: labels, and the values by the number of the step.
  function range(query, end) {
    return api('query_range?step=' + STEP + '&start=' + (end - SPAN) + '&end=' +
               end + '&query=' + encodeURIComponent(query))
      .then(function (data) {
        return data.result.map(function (series) {
          var at = new Map();
          series.values.forEach(function (pair) {
            var value = Number(pair[1]);
            if (isFinite(value)) {
              at.set(Math.round((pair[0] - end + SPAN) / STEP), value);
            }
          });
          return {labels: series.metric, at: at};
        });
      });
  }

  function of(relay, list) {
    return list.filter(function (series) {
      return (series.labels.relay || '') === relay;
    });
  }

  // --- a relay's problems ----------------------------------------------------

  // By problem, the part of the hosts at each step. `of` is how many have a vote.
  function shares(list) {
    var found = new Map();
    list.forEach(function (series) {
      var name = series.labels.problem;
      if (!found.has(name)) { found.set(name, new Map()); }
      series.at.forEach(function (hosts, step) {
        found.get(name).set(step, {hosts: hosts, of: Number(series.labels.of)});
      });
    });
    return found;
  }

  // Periods in which `at` has a value; with `same`, the same value.
  function runs(at, same) {
    var found = [];
    for (var step = 0; step <= WIDTH; step++) {
      var value = at.get(step), last = found[found.length - 1];
      if (value === undefined) { continue; }
      if (last && last.to === step && (!same || same(last.value, value))) {
        last.to = step + 1;
        if (value.hosts > last.value.hosts) { last.value = value; }
      } else {
        found.push({from: step, to: step + 1, value: value});
      }
    }
    return found;
  }

  function bar(run, name, height) {
    return svg('rect', {x: run.from, width: run.to - run.from, y: 10 - height,
                        height: height, fill: 'var(--' + name + ')'});
  }

  function bars(at, name) {
    return runs(at, function (a, b) {
      return a.hosts === b.hosts && a.of === b.of;
    }).map(function (run) {
      var share = Math.min(1, run.value.hosts / run.value.of);
      return bar(run, name, Math.max(2, 10 * share));
    });
  }

  // The steps at which there were no votes at all.
  function gaps(votes) {
    var none = new Map();
    for (var step = 0; step <= WIDTH; step++) {
      if (!votes.some(function (series) { return series.at.has(step); })) {
        none.set(step, {});
      }
    }
    return none;
  }

  function swatch(name) {
    return html('span', {class: 'swatch', style: 'background:var(--' + name + ')'});
  }

  function period(run, name, begin) {
    var until = run.to > WIDTH ? 'now' : clock(begin + run.to * STEP);
    return html('p', {}, [
      swatch(name), name + ' ' + clock(begin + run.from * STEP) + '–' + until + ' (' +
      run.value.hosts + ' of ' + run.value.of + ' hosts)']);
  }

  // The periods in words, the last ones first.
  function periods(found, none, begin) {
    var all = [];
    found.forEach(function (at, name) {
      runs(at).forEach(function (run) { all.push({run: run, name: name}); });
    });
    all.sort(function (a, b) { return b.run.from - a.run.from; });
    var told = all.slice(0, 4).map(function (each) {
      return period(each.run, each.name, begin);
    });
    if (all.length > 4) {
      told.push(html('p', {class: 'quiet'}, ['and ' + (all.length - 4) + ' before']));
    }
    if (!told.length && none.size <= WIDTH) {
      told.push(html('p', {class: 'quiet'}, ['no problem']));
    }
    if (none.size) {
      told.push(html('p', {class: 'quiet'}, [swatch('gap'), 'no data']));
    }
    return told;
  }

  function timeline(problems, votes, begin) {
    var found = shares(problems), none = gaps(votes);
    var drawn = svg('svg', {class: 'timeline', 'aria-hidden': 'true',
                            viewBox: '0 0 ' + (WIDTH + 1) + ' 10',
                            preserveAspectRatio: 'none'});
    runs(none).forEach(function (run) { drawn.append(bar(run, 'gap', 10)); });
    found.forEach(function (at, name) {
      bars(at, name).forEach(function (each) { drawn.append(each); });
    });
    return [drawn, axis(begin)].concat(periods(found, none, begin));
  }

  function axis(begin) {
    return html('div', {class: 'axis', 'aria-hidden': 'true'}, [
      html('span', {}, [clock(begin) + ' UTC']),
      html('span', {}, [clock(begin + SPAN / 2)]), html('span', {}, ['now'])]);
  }

  // --- a relay's curves ------------------------------------------------------

  function line(at, top) {
    var path = '', before = -2;
    for (var step = 0; step <= WIDTH; step++) {
      if (!at.has(step)) { continue; }
      path += (before === step - 1 ? 'L' : 'M') + step + ' ' +
              (40 - 38 * at.get(step) / top).toFixed(2);
      if (before !== step - 1) { path += 'l.01 0'; }
      before = step;
    }
    return path;
  }

  // `limit` is drawn if the curve comes near it; `unit` makes words of a value.
  function chart(title, list, limit, unit) {
    if (!list.length) { return ''; }
    var values = Array.from(list[0].at.values());
    if (!values.length) { return ''; }
    var most = Math.max.apply(null, values), near = limit <= 2 * most;
    var top = 1.2 * (near ? Math.max(most, limit) : most);
    var drawn = svg('svg', {viewBox: '0 0 ' + (WIDTH + 1) + ' 40',
                            preserveAspectRatio: 'none', 'aria-hidden': 'true'});
    if (near) {
      var y = 40 - 38 * limit / top;
      drawn.append(svg('path', {class: 'limit', d: 'M0 ' + y + 'H' + (WIDTH + 1)}));
    }
    drawn.append(svg('path', {d: line(list[0].at, top || 1)}));
    return html('figure', {}, [html('figcaption', {}, [
      html('span', {}, [title + ' ', html('b', {}, [unit(values[values.length - 1])])]),
      html('small', {}, [span(Math.min.apply(null, values), most, unit) +
                         (near ? ', limit ' + unit(limit) : '')])]), drawn]);
  }

  function span(least, most, unit) {
    least = unit(least);
    most = unit(most);
    return least === most ? 'constant' : least + ' to ' + most;
  }

  function seconds(value) { return value.toFixed(2) + ' s'; }
  function dollars(value) { return '$' + value.toFixed(2); }

  // --- all relays ------------------------------------------------------------

  function block(relay, had, begin) {
    var low = of(relay, had.low)[0];
    var limit = low ? Array.from(low.at.values()).pop() : NaN;
    return html('div', {class: 'relay', 'data-relay': relay},
      [html('h3', {}, [html('bdi', {}, [relay])])]
        .concat(timeline(of(relay, had.problems), of(relay, had.votes), begin))
        .concat([html('div', {class: 'charts'}, [
          chart('p95', of(relay, had.latency), settings.slow, seconds),
          chart('balance', of(relay, had.balance), limit, dollars)])]));
  }

  function draw() {
    var relays = Array.from(new Set(Array.from(
      document.querySelectorAll('#relays tr[data-relay]'),
      function (row) { return row.dataset.relay; })));
    var past = document.getElementById('past');
    var end = Number(now().dataset.time);
    if (!relays.length) {
      past.replaceChildren();
      past.dataset.drawn = end;
      return Promise.resolve();
    }
    var names = Object.keys(settings.queries);
    return Promise.all(names.map(function (name) {
      return range(settings.queries[name], end);
    })).then(function (answers) {
      var had = {};
      names.forEach(function (name, i) { had[name] = answers[i]; });
      var blocks = relays.slice(0, MOST).map(function (relay) {
        return block(relay, had, end - SPAN);
      });
      past.replaceChildren.apply(past, [
        html('h2', {}, ['The last ' + settings.hours + ' hours'])].concat(blocks));
      if (relays.length > MOST) {
        past.append(html('p', {}, ['Not drawn: ' + (relays.length - MOST) +
                                   ' more relays, which hurt less.']));
      }
      past.dataset.drawn = end;
    });
  }

  // --- the page itself -------------------------------------------------------

  function tells(alert, item) {
    return ['alertname', 'relay', 'endpoint', 'model', 'severity'].every(
      function (name) {
        var key = name === 'alertname' ? 'alert' : name;
        return (alert.labels[name] || '') === item.dataset[key];
      });
  }

  function addTexts() {
    var items = Array.from(document.querySelectorAll('#alerts li'));
    if (!items.length) { return Promise.resolve(); }
    return api('alerts').then(function (data) {
      items.forEach(function (item) {
        var alert = data.alerts.find(function (each) {
          return each.state === 'firing' && tells(each, item);
        });
        if (alert) {
          item.querySelector('.summary').textContent = alert.annotations.summary;
        }
      });
    });
  }

  function lost(error) {
    document.getElementById('asof').replaceChildren(
      html('b', {class: 'lost'}, ['Prometheus does not answer (' + error.message +
        '). This is what it said at ' + clock(now().dataset.time) + ' UTC.']));
  }

  function refresh() {
    return fetch(location.href).then(function (answer) {
      if (!answer.ok) { throw new Error('HTTP ' + answer.status); }
      return answer.text();
    }).then(function (text) {
      var made = new DOMParser().parseFromString(text, 'text/html');
      document.title = made.title;
      now().replaceWith(document.adoptNode(made.getElementById('now')));
      return addTexts();
    });
  }

  function repeat(what, pause) {
    window.setTimeout(function () {
      (document.hidden ? Promise.resolve() : what().catch(lost))
        .then(function () { repeat(what, pause); });
    }, pause);
  }

  addTexts().catch(lost);
  draw().catch(lost);
  repeat(refresh, REFRESH);
  repeat(draw, REDRAW);
}());
