import { Page } from '@/ui'

export const RolesPage = () => <Page title="RolesPage">{null}</Page>
