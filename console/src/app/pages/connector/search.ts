import type { CatalogueEntry } from './words'

type Filters = { search: string; category: string; state: string }

/** The entries that match, those whose name begins with the text first. */
export function findConnectors(all: CatalogueEntry[], filters: Filters): CatalogueEntry[] {
  const words = filters.search.toLowerCase().split(/\s+/).filter(Boolean)
  const found = all.filter(
    entry =>
      (!filters.category || entry.categories.includes(filters.category)) &&
      (!filters.state || entry.state === filters.state) &&
      words.every(word => textOf(entry).includes(word)),
  )
  if (words.length === 0) return found
  return found
    .map(entry => ({ entry, rank: rank(entry, words.join(' ')) }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ entry }) => entry)
}

const textOf = (entry: CatalogueEntry) =>
  `${entry.name} ${entry.slug} ${entry.description} ${entry.categories.join(' ')}`.toLowerCase()

function rank(entry: CatalogueEntry, text: string): number {
  const name = entry.name.toLowerCase()
  if (name === text || entry.slug === text) return 0
  if (name.startsWith(text)) return 1
  return name.includes(text) || entry.slug.includes(text) ? 2 : 3
}
