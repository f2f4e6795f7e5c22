import type { Schema } from '@/api/client'

export type CatalogueEntry = Schema<'CatalogueEntry'>

const written: Record<string, string> = {
  ats: 'ATS',
  cms: 'CMS',
  crm: 'CRM',
  erp: 'ERP',
  hr: 'HR',
  iam: 'Identity and access',
  mcp: 'MCP',
  sms: 'SMS',
  'it-service-management': 'IT service management',
}

/** A category as people read it: `e-commerce` is "E-commerce". */
export function categoryName(category: string): string {
  const plain = category.replaceAll('-', ' ').replace(/^e /, 'e-')
  return written[category] ?? plain.charAt(0).toUpperCase() + plain.slice(1)
}

export const stateNames: Record<CatalogueEntry['state'], string> = {
  enabled: 'Enabled',
  incomplete: 'Incomplete',
  disabled: 'Not enabled',
}

export const authNames = { oauth2: 'OAuth 2.0', keybased: 'Keys' } as const
