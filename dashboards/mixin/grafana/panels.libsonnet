// Grafana's panels. A dashboard says what is asked and what it means; how that
// becomes Grafana's JSON is here.
local config = import '../config.libsonnet';

local source = { type: 'prometheus', uid: '${datasource}' };

// The query of a panel: A, B, ...
local letter(index) = std.char(std.codepoint('A') + index);

local value(options) = { type: 'value', options: options };
// What an empty cell shows.
local blank(text, color='text') = {
  type: 'special',
  options: { match: 'null+nan', result: { text: text, color: color, index: 0 } },
};

local steps(list) = {
  mode: 'absolute',
  steps: [{ value: step[0], color: step[1] } for step in list],
};

local target(query, index, form, interval) = {
  datasource: source,
  editorMode: 'code',
  expr: std.stripChars(query.expr, '\n'),
  format: form,
  refId: letter(index),
} + (
  if std.objectHas(query, 'legend') then { legendFormat: query.legend } else {}
) + (
  if std.get(query, 'now', false)
  then { instant: true, range: false }
  else { range: true, interval: interval }
);

local override(matcher, properties) = {
  matcher: matcher,
  properties: [
    { id: id, value: properties[id] }
    for id in std.objectFields(properties)
  ],
};

// What all panels have in common. `is` has title, description, empty (what is
// shown without data), queries, and any of unit, decimals, min, max, steps,
// mappings, color, runbooks, named (by name), alike (by regular expression).
local panel(type, is, w, custom={}, options={}, form='time_series') = {
  type: type,
  title: is.title,
  description: std.join(' ', std.split(std.stripChars(is.description, '\n'), '\n')),
  datasource: source,
  pluginVersion: '10.4.0',
  interval: std.get(is, 'interval', '1m'),
  gridPos: { w: w },
  targets: std.mapWithIndex(
    function(i, query) target(query, i, form, $.interval), is.queries
  ),
  fieldConfig: {
    defaults: {
      noValue: is.empty,
      mappings: std.get(is, 'mappings', []),
      [if custom != {} then 'custom']: custom,
      [if std.objectHas(is, 'steps') then 'thresholds']: steps(is.steps),
    } + {
      [key]: is[key]
      for key in ['unit', 'decimals', 'min', 'max', 'color', 'links']
      if std.objectHas(is, key)
    },
    overrides: [
      override({ id: 'byName', options: each[0] }, each[1])
      for each in std.get(is, 'named', [])
    ] + [
      override({ id: 'byRegexp', options: each[0] }, each[1])
      for each in std.get(is, 'alike', [])
    ],
  },
  options: options,
} + (
  if std.objectHas(is, 'runbooks') then {
    links: [
      {
        title: 'Runbook: ' + alert,
        url: '${runbooks}/%s.md' % alert,
        type: 'link',
        icon: 'doc',
        targetBlank: true,
        asDropdown: false,
        includeVars: false,
        keepTime: false,
        tags: [],
        tooltip: '',
      }
      for alert in is.runbooks
    ],
  } else {}
);

local asked(is) = is { queries: [query { now: true } for query in is.queries] };
local latest = { calcs: ['lastNotNull'], fields: '', values: false };
local plain = [[null, 'text']];
// A table starts with what is worst.
local list(calcs=[], w=0) = {
  displayMode: if calcs == [] then 'list' else 'table',
  placement: if w >= 11 && calcs != [] then 'right' else 'bottom',
  showLegend: true,
  calcs: calcs,
} + (
  if calcs == [] then {}
  else if std.member(calcs, 'min') then { sortBy: 'Min', sortDesc: false }
  else { sortBy: 'Max', sortDesc: true }
);

{
  source: source,
  value: value,
  blank: blank,
  steps: steps,
  plain: plain,
  fixed(color):: { mode: 'fixed', fixedColor: color },
  shades(color):: { mode: 'shades', fixedColor: color },
  // A text for each value, in order: [[value, text, color], ...]
  texts(rows):: value({
    [std.toString(rows[i][0])]: {
      text: rows[i][1],
      color: rows[i][2],
      index: i,
    }
    for i in std.range(0, std.length(rows) - 1)
  }),

  // --- panels ---------------------------------------------------------------

  // Tiles: the current value of each series. With `text`, its name.
  stat(w, is, text=false, background=false, names=std.length(is.queries) > 1)::
    panel('stat', asked({ steps: plain } + is), w, options={
      colorMode: if background then 'background' else 'value',
      graphMode: 'none',
      justifyMode: 'auto',
      orientation: 'auto',
      reduceOptions: latest,
      textMode: if text then 'name' else if names then 'value_and_name' else 'auto',
    }),

  // Lines without fill. With `last`, the legend is a table of these figures.
  lines(w, is, last=[]):: panel('timeseries', is, w, {
    drawStyle: 'line',
    lineWidth: 1,
    fillOpacity: 0,
    showPoints: 'auto',
    spanNulls: false,
  } + (
    if std.objectHas(is, 'steps')
    then { thresholdsStyle: { mode: 'dashed' } } else {}
  ) + std.get(is, 'custom', {}), {
    legend: list(last, w),
    tooltip: { mode: 'multi', sort: 'desc' },
  }),

  bars(w, is):: $.lines(w, is {
    custom: {
      drawStyle: 'bars',
      fillOpacity: 80,
      lineWidth: 0,
      stacking: { group: 'A', mode: 'normal' },
      axisSoftMax: 1,
    } + std.get(is, 'custom', {}),
  }),

  timeline(w, is):: panel('state-timeline', {
    steps: plain,
    color: { mode: 'thresholds' },
  } + is, w, { fillOpacity: 80, lineWidth: 0 }, {
    alignValue: 'left',
    legend: { displayMode: 'list', placement: 'bottom', showLegend: false },
    mergeValues: true,
    rowHeight: 0.75,
    showValue: 'auto',
    tooltip: { mode: 'single', sort: 'none' },
  }),

  heatmap(w, is):: panel('heatmap', is, w, {
    hideFrom: { legend: false, tooltip: false, viz: false },
    scaleDistribution: { type: 'linear' },
  }, {
    calculate: false,
    cellGap: 1,
    color: {
      mode: 'scheme',
      scheme: 'Oranges',
      fill: 'dark-orange',
      scale: 'exponential',
      exponent: 0.5,
      reverse: false,
      steps: 64,
    },
    exemplars: { color: 'rgba(255,0,255,0.7)' },
    filterValues: { le: 1e-9 },
    legend: { show: true },
    rowsFrame: { layout: 'auto' },
    showValue: 'never',
    tooltip: { mode: 'single', showColorScale: false, yHistogram: false },
    yAxis: { axisPlacement: 'left', reverse: false, unit: 's' },
  }, form='heatmap'),

  pie(w, is):: panel('piechart', asked(is), w, options={
    displayLabels: [],
    legend: list() + {
      displayMode: 'table',
      values: ['value', 'percent'],
      calcs:: null,
    },
    pieType: 'donut',
    reduceOptions: latest,
    tooltip: { mode: 'single', sort: 'none' },
  }),

  gauge(w, is):: panel('gauge', asked(is), w, options={
    orientation: 'auto',
    reduceOptions: latest,
    showThresholdLabels: false,
    showThresholdMarkers: true,
  }),

  // A table of `columns`, in that order. Each has a name and either a label, an
  // expr, or both: then the label of that query's series is shown. The rest is
  // how it is shown: properties of Grafana's fields. `sort` is a column's name,
  // with a minus if the greatest comes first.
  table(w, is, sort)::
    local asking = [c for c in is.columns if std.objectHas(c, 'expr')];
    local field(i) = if std.length(asking) == 1 then 'Value'
    else 'Value #' + letter(i);
    local index = { [asking[i].name]: field(i) for i in std.range(0, std.length(asking) - 1) };
    local shown(column) = std.get(column, 'label', std.get(index, column.name));
    local base = panel('table', asked(is {
      steps: plain,
      queries: [{ expr: column.expr } for column in asking],
      named: [
        [column.name, column.shown]
        for column in is.columns
        if std.objectHas(column, 'shown')
      ],
    }), w, {
      align: 'left',
      cellOptions: { type: 'auto' },
      filterable: false,
    }, {
      cellHeight: 'sm',
      showHeader: true,
      sortBy: [{
        displayName: std.lstripChars(sort, '-'),
        desc: std.startsWith(sort, '-'),
      }],
    }, form='table');
    base {
      fieldConfig+: {
        defaults+: { mappings+: [blank('–')] },
        overrides: [
          override({ id: 'byType', options: 'string' }, { noValue: '–' }),
        ] + super.overrides,
      },
      transformations: (
        if std.length(asking) == 1 then []
        else [{ id: 'merge', options: {} }]
      ) + [{
        id: 'organize',
        options: {
          excludeByName: { Time: true } + {
            [index[column.name]]: true
            for column in asking
            if std.objectHas(column, 'label')
          } + { [label]: true for label in std.get(is, 'without', []) },
          includeByName: {},
          indexByName: {
            [shown(is.columns[i])]: i
            for i in std.range(0, std.length(is.columns) - 1)
          },
          renameByName: {
            [shown(column)]: column.name
            for column in is.columns
          },
        },
      }],
    },

  // --- columns --------------------------------------------------------------

  // How a column is shown.
  timeAgo: { unit: 'dateTimeFromNow' },
  // Not scaled, so that the figures of a column can be compared.
  seconds: { unit: 'suffix: s', decimals: 2 },
  width(pixels):: { 'custom.width': pixels },
  coloured(list):: {
    'custom.cellOptions': { type: 'color-text' },
    thresholds: steps(list),
  },
  filled(mappings):: {
    'custom.cellOptions': { type: 'color-background', mode: 'basic' },
    mappings: mappings,
  },
  to(dashboard, title, value='${__value.raw}', also=''):: {
    links: [{
      title: title,
      url: '/d/holysheep-%s?var-relay=%s%s&${__url_time_range}'
           % [dashboard, value, also],
      targetBlank: false,
    }],
  },

  // --- a dashboard ----------------------------------------------------------

  variable(name, label, query, all=true):: {
    type: 'query',
    name: name,
    label: label,
    description: '',
    datasource: source,
    query: {
      qryType: 1,
      query: query,
      refId: 'PrometheusVariableQueryEditor-VariableQuery',
    },
    hide: 0,
    includeAll: all,
    multi: all,
    options: [],
    refresh: 2,
    regex: '',
    skipUrlSync: false,
    sort: 1,
  } + (
    if all then {
      allValue: '.*',
      current: { selected: true, text: ['All'], value: ['$__all'] },
    } else {}
  ),

  // Lines of panels of one height, and rows: {row, open, lines}.
  line(h, panels):: { h: h, panels: panels },
  row(title, lines, open=false):: { row: title, open: open, lines: lines },

  // Places the panels of a line at `at`, {y, id}.
  local placed(line, at) = std.mapWithIndex(
    function(i, each) each {
      id: at.id + i,
      gridPos: {
        h: line.h,
        w: each.gridPos.w,
        x: std.foldl(function(x, before) x + before.gridPos.w,
                     line.panels[:i],
                     0),
        y: at.y,
      },
    }, line.panels
  ),
  local after(line, at) = {
    y: at.y + line.h,
    id: at.id + std.length(line.panels),
  },
  local lines(all, at) = std.foldl(
    function(done, line) {
      panels: done.panels + placed(line, done.at),
      at: after(line, done.at),
    }, all, { panels: [], at: at }
  ),
  local placedRow(row, at) =
    local inside = lines(row.lines, { y: at.y + 1, id: at.id + 1 });
    local head = {
      type: 'row',
      title: row.row,
      id: at.id,
      gridPos: { h: 1, w: 24, x: 0, y: at.y },
      collapsed: !row.open,
      panels: if row.open then [] else inside.panels,
    };
    {
      panels: [head] + if row.open then inside.panels else [],
      at: if row.open then inside.at else { y: at.y + 1, id: inside.at.id },
    },
  local layout(items) = std.foldl(
    function(done, item)
      local more = if std.objectHas(item, 'row') then placedRow(item, done.at)
      else lines([item], done.at);
      { panels: done.panels + more.panels, at: more.at },
    items,
    { panels: [], at: { y: 0, id: 1 } }
  ),

  dashboard(name, title, description, variables, items, refresh='1m', from='now-6h'):: {
    uid: 'holysheep-' + name,
    title: title,
    description: description,
    tags: ['holysheep'],
    id: null,
    version: 1,
    // That of Grafana 10.4; later versions migrate it themselves.
    schemaVersion: 39,
    editable: true,
    fiscalYearStartMonth: 0,
    graphTooltip: 1,
    refresh: refresh,
    time: { from: from, to: 'now' },
    timepicker: {},
    timezone: '',
    weekStart: '',
    links: [{
      type: 'dashboards',
      title: '',
      tags: ['holysheep'],
      icon: 'external link',
      asDropdown: false,
      includeVars: true,
      keepTime: true,
      targetBlank: false,
      tooltip: '',
      url: '',
    }],
    templating: {
      list: [{
        type: 'datasource',
        name: 'datasource',
        label: 'Data source',
        query: 'prometheus',
        hide: 0,
        includeAll: false,
        multi: false,
        options: [],
        refresh: 1,
        regex: '',
        skipUrlSync: false,
      }] + variables + [{
        type: 'constant',
        name: 'runbooks',
        label: 'Runbooks',
        description: 'The URL of the runbooks. Prometheus serves them with --web.user-assets.',
        query: std.strReplace(config.runbooks, '{{ $externalURL }}', config.prometheus),
        hide: 2,
        skipUrlSync: true,
      }],
    },
    annotations: {
      list: [
        {
          name: 'Annotations & Alerts',
          builtIn: 1,
          datasource: { type: 'grafana', uid: '-- Grafana --' },
          enable: true,
          hide: true,
          iconColor: 'rgba(0, 211, 255, 1)',
          type: 'dashboard',
        },
        {
          name: 'Critical alerts',
          datasource: source,
          enable: true,
          expr: 'ALERTS{alertname=~"HolySheep.+", alertstate="firing", severity="critical", relay=~"${relay:regex}|"}',
          iconColor: 'red',
          step: '1m',
          tagKeys: 'instance',
          textFormat: '',
          titleFormat: '{{alertname}} {{relay}}',
        },
      ],
    },
    panels: layout(items).panels,
  },
}
